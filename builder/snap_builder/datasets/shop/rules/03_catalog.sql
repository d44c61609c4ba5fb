-- What shops sell: trees of categories, products, and their tags.

-- rule: categories_of_the_shop
-- about: a category lies below one of the same shop
-- limit: 0
SELECT c.shop_id, c.id
FROM categories c
ANTI JOIN categories p ON p.shop_id = c.shop_id AND p.id = c.parent_id
WHERE c.parent_id IS NOT NULL;

-- rule: categories_came_before
-- about: the category above was there before
-- limit: 0
SELECT id, parent_id FROM categories WHERE parent_id >= id;

-- rule: category_levels
-- about: categories have three levels at most
-- limit: 0
WITH RECURSIVE below AS (
    SELECT shop_id, id, 1 AS level FROM categories WHERE parent_id IS NULL
    UNION ALL
    SELECT c.shop_id, c.id, b.level + 1 FROM categories c JOIN below b ON b.shop_id = c.shop_id AND b.id = c.parent_id
    WHERE b.level < 9
)
SELECT shop_id, id, level FROM below WHERE level > 3;

-- rule: category_roots
-- about: the share of categories at the top
-- between: 0.25 0.35
-- needs: categories 100
SELECT avg((parent_id IS NULL)::INT) FROM categories;

-- rule: skus
-- about: a SKU is three letters and five digits
-- limit: 0
SELECT sku FROM products WHERE NOT regexp_full_match(sku, '[A-Z]{3}-[0-9]{5}');

-- rule: product_names
-- about: a product has a name
-- limit: 0
SELECT id FROM products WHERE trim(name) = '';

-- rule: prices_in_range
-- about: a price is from 2 to 400
-- limit: 0
SELECT id, price FROM products WHERE price NOT BETWEEN 2 AND 400;

-- rule: prices_median
-- about: the median price
-- between: 20 45
-- needs: products 200
SELECT median(price) FROM products;

-- rule: prices_tail
-- about: the highest price, in median ones
-- between: 4 20
-- needs: products 200
SELECT max(price) / median(price) FROM products;

-- rule: prices_vary
-- about: how many different prices a hundred of the first 900 products have: there are 39,800 prices at most
-- between: 80 100
-- needs: products 200
SELECT 100.0 * count(DISTINCT price) / count(*) FROM products WHERE id <= 900;

-- rule: stock_in_range
-- about: stock is from 0 to 500
-- limit: 0
SELECT id, stock FROM products WHERE stock NOT BETWEEN 0 AND 500;

-- rule: stock_median
-- about: the median stock
-- between: 25 60
-- needs: products 200
SELECT median(stock) FROM products;

-- rule: popularity_values
-- about: popularity is a power of two
-- limit: 0
SELECT id, popularity FROM products WHERE popularity NOT IN (1, 2, 4, 8, 16, 32);

-- rule: popularity_even
-- about: rows of the most frequent popularity, in those of the least frequent
-- between: 1 1.1
-- needs: products 200
SELECT max(n) / min(n) FROM (SELECT count(*) AS n FROM products GROUP BY popularity);

-- rule: products_active
-- about: the share of products that are sold
-- between: 0.88 0.92
-- needs: products 200
SELECT avg(active::INT) FROM products;

-- rule: products_added_after_opening
-- about: nothing is added before the shop opens
-- limit: 0
SELECT p.id, added_at, opened_at FROM products p JOIN shops s ON s.id = p.shop_id WHERE added_at < opened_at;

-- rule: products_added_before_as_of
-- about: nothing is added after as-of
-- limit: 0
SELECT id, added_at FROM products WHERE added_at >= getvariable('as_of');

-- rule: product_review_count
-- about: review_count is the number of reviews
-- limit: 0
SELECT p.shop_id, p.id, p.review_count, count(v.id) AS reviews
FROM products p
LEFT JOIN reviews v ON v.shop_id = p.shop_id AND v.product_id = p.id
GROUP BY ALL HAVING reviews <> p.review_count;

-- rule: products_in_categories_of_the_shop
-- about: a product lies in a category of its shop
-- limit: 0
SELECT p.id FROM products p ANTI JOIN categories c ON c.shop_id = p.shop_id AND c.id = p.category_id;

-- rule: categories_used
-- about: the share of categories that have a product
-- between: 0.5 1
-- needs: categories 100
SELECT avg((EXISTS (FROM products p WHERE p.shop_id = c.shop_id AND p.category_id = c.id))::INT) FROM categories c;

-- rule: tags_of_products_of_the_shop
-- about: a tag belongs to a product of the shop
-- limit: 0
SELECT t.product_id FROM product_tags t ANTI JOIN products p ON p.shop_id = t.shop_id AND p.id = t.product_id;

-- rule: tags_once
-- about: a product has a tag once
-- limit: 0
SELECT product_id, tag_id FROM product_tags GROUP BY ALL HAVING count(*) > 1;

-- rule: tags_per_product
-- about: tags for each product
-- between: 2 3
-- needs: products 200
SELECT (SELECT count(*) FROM product_tags) / (SELECT count(*) FROM products);

-- rule: tags_used
-- about: every tag is used
-- limit: 0
-- needs: product_tags 500
SELECT t.id, t.name FROM tags t ANTI JOIN product_tags p ON p.tag_id = t.id;
