-- Orders: states in order, each with its moment, and totals.

-- rule: orders_placed
-- about: the share of orders that are placed
-- between: 0.03 0.07
-- needs: orders 400
SELECT avg((status = 'placed')::INT) FROM orders;

-- rule: orders_paid
-- about: the share of orders that are paid
-- between: 0.03 0.07
-- needs: orders 400
SELECT avg((status = 'paid')::INT) FROM orders;

-- rule: orders_shipped
-- about: the share of orders that are shipped
-- between: 0.08 0.12
-- needs: orders 400
SELECT avg((status = 'shipped')::INT) FROM orders;

-- rule: orders_delivered
-- about: the share of orders that are delivered
-- between: 0.73 0.77
-- needs: orders 400
SELECT avg((status = 'delivered')::INT) FROM orders;

-- rule: orders_returned
-- about: the share of orders that are returned
-- between: 0.03 0.07
-- needs: orders 400
SELECT avg((status = 'returned')::INT) FROM orders;

-- rule: orders_paid_at
-- about: paid_at is there once an order is paid, and not before
-- limit: 0
SELECT id, status, paid_at
FROM orders
WHERE (status IN ('paid', 'shipped', 'delivered', 'returned')) <> (paid_at IS NOT NULL);

-- rule: orders_paid_after_placed
-- about: an order is paid after it is placed
-- limit: 0
SELECT id, placed_at, paid_at FROM orders WHERE paid_at < placed_at;

-- rule: orders_shipped_at
-- about: shipped_at is there once an order is shipped, and not before
-- limit: 0
SELECT id, status, shipped_at
FROM orders
WHERE (status IN ('shipped', 'delivered', 'returned')) <> (shipped_at IS NOT NULL);

-- rule: orders_shipped_after_paid
-- about: an order is shipped after it is paid
-- limit: 0
SELECT id, paid_at, shipped_at FROM orders WHERE shipped_at < paid_at;

-- rule: orders_delivered_at
-- about: delivered_at is there once an order is delivered, and not before
-- limit: 0
SELECT id, status, delivered_at FROM orders WHERE (status IN ('delivered', 'returned')) <> (delivered_at IS NOT NULL);

-- rule: orders_delivered_after_shipped
-- about: an order is delivered after it is shipped
-- limit: 0
SELECT id, shipped_at, delivered_at FROM orders WHERE delivered_at < shipped_at;

-- rule: orders_returned_at
-- about: returned_at is there once an order is returned, and not before
-- limit: 0
SELECT id, status, returned_at FROM orders WHERE (status IN ('returned')) <> (returned_at IS NOT NULL);

-- rule: orders_returned_after_delivered
-- about: an order is returned after it is delivered
-- limit: 0
SELECT id, delivered_at, returned_at FROM orders WHERE returned_at < delivered_at;

-- rule: orders_after_sign_up
-- about: nobody orders before signing up
-- limit: 0
SELECT o.id, placed_at, signed_up_at
FROM orders o
JOIN customers c ON c.shop_id = o.shop_id AND c.id = o.customer_id
WHERE placed_at < signed_up_at;

-- rule: orders_before_as_of
-- about: nothing happens to an order after as-of
-- limit: 0
SELECT id FROM orders WHERE greatest(placed_at, paid_at, shipped_at, delivered_at, returned_at) >= getvariable('as_of');

-- rule: orders_of_customers_of_the_shop
-- about: an order is of a customer of the shop
-- limit: 0
SELECT o.id FROM orders o ANTI JOIN customers c ON c.shop_id = o.shop_id AND c.id = o.customer_id;

-- rule: order_totals
-- about: total is the sum of the lines
-- limit: 0
SELECT o.shop_id, o.id, o.total, coalesce(sum(l.amount), 0) AS amounts
FROM orders o
LEFT JOIN order_lines l ON l.shop_id = o.shop_id AND l.order_id = o.id
GROUP BY ALL HAVING amounts <> o.total;

-- rule: orders_young_states
-- about: days from the median order that is delivered to the median one that is placed
-- between: 1 2000
-- needs: orders 400
SELECT epoch(median(placed_at) FILTER (status = 'placed') - median(placed_at) FILTER (status = 'delivered')) / 86400
FROM orders;

-- rule: orders_with_lines
-- about: every order has a line
-- limit: 0
SELECT o.shop_id, o.id FROM orders o ANTI JOIN order_lines l ON l.shop_id = o.shop_id AND l.order_id = o.id;
