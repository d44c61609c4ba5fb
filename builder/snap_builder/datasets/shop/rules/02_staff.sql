-- Staff: a tree in each shop, with one owner.

-- rule: staff_emails_reserved
-- about: addresses end in a name that is reserved for examples
-- limit: 0
SELECT email FROM staff WHERE email NOT LIKE '%.example';

-- rule: staff_emails_of_the_shop
-- about: the address is at the shop's own name
-- limit: 0
SELECT t.email, s.slug
FROM staff t
JOIN shops s ON s.id = t.shop_id
WHERE NOT ends_with(t.email, '@' || s.slug || '.example');

-- rule: staff_emails_of_the_name
-- about: the address begins with the person's first name
-- limit: 0
SELECT name, email FROM staff WHERE NOT starts_with(email, lower(split_part(name, ' ', 1)));

-- rule: staff_names
-- about: a name has a first and a last part
-- limit: 0
SELECT name FROM staff WHERE NOT regexp_full_match(name, '\S+ \S.*');

-- rule: staff_hired_after_opening
-- about: nobody is hired before the shop opens
-- limit: 0
SELECT t.id, hired_at, opened_at FROM staff t JOIN shops s ON s.id = t.shop_id WHERE hired_at < opened_at::DATE;

-- rule: staff_hired_before_as_of
-- about: nobody is hired after as-of
-- limit: 0
SELECT id, hired_at FROM staff WHERE hired_at > getvariable('as_of')::DATE;

-- rule: staff_one_owner
-- about: every shop has one owner
-- limit: 0
SELECT s.id, count(t.id) AS owners
FROM shops s
LEFT JOIN staff t ON t.shop_id = s.id AND t.role = 'owner'
GROUP BY ALL HAVING owners <> 1;

-- rule: staff_owner_first
-- about: the owner came first
-- limit: 0
SELECT shop_id, min(id) FILTER (role = 'owner') AS owner, min(id) AS first FROM staff GROUP BY ALL HAVING owner <> first;

-- rule: managers_of_the_shop
-- about: a manager works in the same shop
-- limit: 0
SELECT t.shop_id, t.id
FROM staff t
ANTI JOIN staff m ON m.shop_id = t.shop_id AND m.id = t.manager_id
WHERE t.manager_id IS NOT NULL;

-- rule: managers_came_before
-- about: a manager was there before
-- limit: 0
SELECT id, manager_id FROM staff WHERE manager_id >= id;

-- rule: managers_levels
-- about: the staff of a shop has three levels at most
-- limit: 0
WITH RECURSIVE below AS (
    SELECT shop_id, id, 1 AS level FROM staff WHERE manager_id IS NULL
    UNION ALL
    SELECT t.shop_id, t.id, b.level + 1 FROM staff t JOIN below b ON b.shop_id = t.shop_id AND b.id = t.manager_id
    WHERE b.level < 9
)
SELECT shop_id, id, level FROM below WHERE level > 3;

-- rule: staff_roots
-- about: the share of staff without a manager
-- between: 0.2 0.3
-- needs: staff 100
SELECT avg((manager_id IS NULL)::INT) FROM staff;

-- rule: staff_managers
-- about: the share of managers among all but owners
-- between: 0.08 0.18
-- needs: staff 100
SELECT avg((role = 'manager')::INT) FROM staff WHERE role <> 'owner';

-- rule: staff_packers
-- about: the share of packers among all but owners
-- between: 0.42 0.58
-- needs: staff 100
SELECT avg((role = 'packer')::INT) FROM staff WHERE role <> 'owner';

-- rule: staff_couriers
-- about: the share of couriers among all but owners
-- between: 0.3 0.45
-- needs: staff 100
SELECT avg((role = 'courier')::INT) FROM staff WHERE role <> 'owner';
