-- Reviews: one of a product by a customer.

-- rule: stars
-- about: one to five stars
-- limit: 0
SELECT id, stars FROM reviews WHERE stars NOT BETWEEN 1 AND 5;

-- rule: stars_5
-- about: the share of reviews with 5 stars
-- between: 0.51 0.55
-- needs: reviews 400
SELECT avg((stars = 5)::INT) FROM reviews;

-- rule: stars_4
-- about: the share of reviews with 4 stars
-- between: 0.28 0.32
-- needs: reviews 400
SELECT avg((stars = 4)::INT) FROM reviews;

-- rule: stars_3
-- about: the share of reviews with 3 stars
-- between: 0.08 0.12
-- needs: reviews 400
SELECT avg((stars = 3)::INT) FROM reviews;

-- rule: stars_2
-- about: the share of reviews with 2 stars
-- between: 0.02 0.06
-- needs: reviews 400
SELECT avg((stars = 2)::INT) FROM reviews;

-- rule: stars_1
-- about: the share of reviews with 1 stars
-- between: 0.01 0.05
-- needs: reviews 400
SELECT avg((stars = 1)::INT) FROM reviews;

-- rule: reviews_in_time
-- about: a review is of the last two years
-- limit: 0
SELECT id, written_at
FROM reviews
WHERE written_at NOT BETWEEN getvariable('as_of') - INTERVAL 730 DAY AND getvariable('as_of');

-- rule: reviews_once
-- about: a customer reviews a product once
-- limit: 0
SELECT shop_id, product_id, customer_id FROM reviews GROUP BY ALL HAVING count(*) > 1;

-- rule: reviews_of_products_of_the_shop
-- about: a review is of a product of the shop
-- limit: 0
SELECT v.id FROM reviews v ANTI JOIN products p ON p.shop_id = v.shop_id AND p.id = v.product_id;

-- rule: reviews_by_customers_of_the_shop
-- about: a review is by a customer of the shop
-- limit: 0
SELECT v.id FROM reviews v ANTI JOIN customers c ON c.shop_id = v.shop_id AND c.id = v.customer_id;
