-- Customers, and what is counted and summed of their orders.

-- rule: customer_emails_reserved
-- about: addresses end in a name that is reserved for examples
-- limit: 0
SELECT email FROM customers WHERE email NOT LIKE '%@%.example';

-- rule: customer_emails_of_the_name
-- about: the address begins with the person's first name
-- limit: 0
SELECT name, email FROM customers WHERE NOT starts_with(email, lower(split_part(name, ' ', 1)));

-- rule: customer_emails_once
-- about: a shop knows an address once
-- limit: 0
SELECT shop_id, email FROM customers GROUP BY ALL HAVING count(*) > 1;

-- rule: customer_names
-- about: a name has a first and a last part
-- limit: 0
SELECT name FROM customers WHERE NOT regexp_full_match(name, '\S+ \S.*');

-- rule: customers_en
-- about: the share of customers with language en
-- between: 0.68 0.72
-- needs: customers 200
SELECT avg((language = 'en')::INT) FROM customers;

-- rule: customers_es
-- about: the share of customers with language es
-- between: 0.18 0.22
-- needs: customers 200
SELECT avg((language = 'es')::INT) FROM customers;

-- rule: customers_fr
-- about: the share of customers with language fr
-- between: 0.08 0.12
-- needs: customers 200
SELECT avg((language = 'fr')::INT) FROM customers;

-- rule: newsletter_unknown
-- about: the share of customers that nobody asked
-- between: 0.38 0.42
-- needs: customers 200
SELECT avg((newsletter IS NULL)::INT) FROM customers;

-- rule: newsletter_wanted
-- about: the share that wants it, of those who were asked
-- between: 0.34 0.46
-- needs: customers 400
SELECT avg(newsletter::INT) FROM customers;

-- rule: customers_after_opening
-- about: nobody signs up before the shop opens
-- limit: 0
SELECT c.id, signed_up_at, opened_at FROM customers c JOIN shops s ON s.id = c.shop_id WHERE signed_up_at < opened_at;

-- rule: customers_before_as_of
-- about: nobody signs up after as-of
-- limit: 0
SELECT id, signed_up_at FROM customers WHERE signed_up_at >= getvariable('as_of');

-- rule: customer_order_count
-- about: order_count is the number of orders
-- limit: 0
SELECT c.shop_id, c.id, c.order_count, count(o.id) AS orders
FROM customers c
LEFT JOIN orders o ON o.shop_id = c.shop_id AND o.customer_id = c.id
GROUP BY ALL HAVING orders <> c.order_count;

-- rule: customer_spent
-- about: spent is the sum of the orders' totals
-- limit: 0
SELECT c.shop_id, c.id, c.spent, coalesce(sum(o.total), 0) AS totals
FROM customers c
LEFT JOIN orders o ON o.shop_id = c.shop_id AND o.customer_id = c.id
GROUP BY ALL HAVING totals <> c.spent;

-- rule: customer_last_order
-- about: last_order_at is when the last order was placed
-- limit: 0
SELECT c.shop_id, c.id, c.last_order_at, max(o.placed_at) AS last
FROM customers c
LEFT JOIN orders o ON o.shop_id = c.shop_id AND o.customer_id = c.id
GROUP BY ALL HAVING last IS DISTINCT
FROM c.last_order_at;

-- rule: customers_without_orders_spent_nothing
-- about: who ordered nothing spent nothing
-- limit: 0
SELECT id, spent FROM customers WHERE order_count = 0 AND (spent <> 0 OR last_order_at IS NOT NULL);

-- rule: customers_without_orders
-- about: the share of customers without an order
-- between: 0.25 0.55
-- needs: customers 400
SELECT avg((order_count = 0)::INT) FROM customers;

-- rule: customers_tail
-- about: the share of all orders that a tenth of the customers placed
-- between: 0.3 0.8
-- needs: customers 400
SELECT sum(order_count) FILTER (place <= 0.1) / sum(order_count)
FROM (SELECT order_count, percent_rank() OVER (ORDER BY order_count DESC, shop_id, id) AS place FROM customers);
