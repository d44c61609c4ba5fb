-- Shops: what they are, how many, and what is counted of them.

-- rule: shop_slugs
-- about: a slug is words and the shop's number
-- limit: 0
SELECT id, slug FROM shops WHERE NOT regexp_full_match(slug, '[a-z]+-[a-z]+-[0-9]+');

-- rule: shop_plans_free
-- about: the share of shops with plan free
-- between: 0.5 0.7
-- needs: shops 20
SELECT avg((plan = 'free')::INT) FROM shops;

-- rule: shop_plans_pro
-- about: the share of shops with plan pro
-- between: 0.2 0.4
-- needs: shops 20
SELECT avg((plan = 'pro')::INT) FROM shops;

-- rule: shop_plans_enterprise
-- about: the share of shops with plan enterprise
-- between: 0.05 0.15
-- needs: shops 20
SELECT avg((plan = 'enterprise')::INT) FROM shops;

-- rule: shops_opened_in_time
-- about: a shop opened in the six years before as-of, and not in the last ninety days
-- limit: 0
SELECT id, opened_at
FROM shops
WHERE opened_at NOT BETWEEN getvariable('as_of') - INTERVAL 2190 DAY AND getvariable('as_of') - INTERVAL 90 DAY;

-- rule: shops_growth
-- about: the share of shops that opened in the last three years
-- between: 0.55 0.95
-- needs: shops 20
SELECT avg((opened_at > getvariable('as_of') - INTERVAL 1095 DAY)::INT) FROM shops;

-- rule: shop_customer_count
-- about: customer_count is the number of customers
-- limit: 0
SELECT s.id, s.customer_count, count(c.id) AS customers
FROM shops s
LEFT JOIN customers c ON c.shop_id = s.id
GROUP BY ALL HAVING customers <> s.customer_count;

-- rule: shop_revenue
-- about: revenue is the sum of the orders' totals
-- limit: 0
SELECT s.id, s.revenue, coalesce(sum(o.total), 0) AS totals
FROM shops s
LEFT JOIN orders o ON o.shop_id = s.id
GROUP BY ALL HAVING totals <> s.revenue;

-- rule: shops_have_staff
-- about: every shop has 3 rows of staff at least
-- limit: 0
SELECT s.id, count(t.id) AS present FROM shops s LEFT JOIN staff t ON t.shop_id = s.id GROUP BY ALL HAVING present < 3;

-- rule: shops_have_categories
-- about: every shop has 3 rows of categories at least
-- limit: 0
SELECT s.id, count(t.id) AS present
FROM shops s
LEFT JOIN categories t ON t.shop_id = s.id
GROUP BY ALL HAVING present < 3;

-- rule: shops_have_customers
-- about: every shop has 5 rows of customers at least
-- limit: 0
SELECT s.id, count(t.id) AS present
FROM shops s
LEFT JOIN customers t ON t.shop_id = s.id
GROUP BY ALL HAVING present < 5;

-- rule: featured_products
-- about: a featured product is one of the shop
-- limit: 0
SELECT s.id
FROM shops s
WHERE featured_product_id IS NOT NULL AND NOT EXISTS (FROM products p WHERE p.shop_id = s.id
    AND p.id = s.featured_product_id);

-- rule: shop_cities
-- about: the cities that have a shop
-- between: 6 20
-- needs: shops 20
SELECT count(DISTINCT city_id) FROM shops;

-- rule: shop_sizes
-- about: customers of the largest of the first 48 shops, in those of the median one: among more, the largest is larger
-- between: 2 200
-- needs: shops 20
SELECT max(customer_count) / median(customer_count) FROM shops WHERE id <= 48;
