-- Lines of orders: prices as of then, amounts.

-- rule: quantities
-- about: a quantity is from 1 to 20
-- limit: 0
SELECT order_id, product_id, quantity FROM order_lines WHERE quantity NOT BETWEEN 1 AND 20;

-- rule: quantity_one
-- about: the share of lines with a single piece
-- between: 0.58 0.62
-- needs: order_lines 1000
SELECT avg((quantity = 1)::INT) FROM order_lines;

-- rule: quantity_mean
-- about: the mean quantity
-- between: 1.5 2.2
-- needs: order_lines 1000
SELECT avg(quantity) FROM order_lines;

-- rule: line_prices
-- about: a line keeps the price of its product
-- limit: 0
SELECT l.order_id, l.product_id, l.unit_price, p.price
FROM order_lines l
JOIN products p ON p.shop_id = l.shop_id AND p.id = l.product_id
WHERE l.unit_price <> p.price;

-- rule: line_amounts
-- about: amount is quantity times unit price
-- limit: 0
SELECT order_id, product_id, amount FROM order_lines WHERE amount <> quantity * unit_price;

-- rule: lines_of_orders_of_the_shop
-- about: a line is of an order of the shop
-- limit: 0
SELECT l.order_id FROM order_lines l ANTI JOIN orders o ON o.shop_id = l.shop_id AND o.id = l.order_id;

-- rule: lines_of_products_of_the_shop
-- about: a line sells a product of the shop
-- limit: 0
SELECT l.product_id FROM order_lines l ANTI JOIN products p ON p.shop_id = l.shop_id AND p.id = l.product_id;

-- rule: lines_once
-- about: an order has a product once
-- limit: 0
SELECT order_id, product_id FROM order_lines GROUP BY ALL HAVING count(*) > 1;

-- rule: lines_per_order
-- about: lines for each order
-- between: 2 3
-- needs: orders 400
SELECT (SELECT count(*) FROM order_lines) / (SELECT count(*) FROM orders);

-- rule: products_sold
-- about: the share of products that were ever sold; it falls where shops are many, and the largest sell most
-- between: 0.25 1
-- needs: products 200
SELECT avg((EXISTS (FROM order_lines l WHERE l.shop_id = p.shop_id AND l.product_id = p.id))::INT) FROM products p;
