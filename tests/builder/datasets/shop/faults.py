"""Define a fault for every rule of shop, as SQL over its tables in DuckDB."""

from __future__ import annotations


def first(table: str, change: str, condition: str = "true") -> str:
    """Return SQL that changes the first row of a table that satisfies `condition`."""
    return f"UPDATE {table} SET {change} WHERE rowid = (SELECT min(rowid) FROM {table} WHERE {condition})"


FAULTS = {
    "shop_slugs": first("shops", "slug = 'My Shop'"),
    "shop_plans_free": "UPDATE shops SET plan = 'pro'",
    "shop_plans_pro": "UPDATE shops SET plan = 'free'",
    "shop_plans_enterprise": "UPDATE shops SET plan = 'pro'",
    "shops_opened_in_time": first("shops", "opened_at = getvariable('as_of') - INTERVAL 1 DAY"),
    "shops_growth": "UPDATE shops SET opened_at = getvariable('as_of') - INTERVAL 5 YEAR",
    "shop_customer_count": first("shops", "customer_count = customer_count + 1"),
    "shop_revenue": first("shops", "revenue = revenue + 1"),
    "shops_have_staff": """
        DELETE FROM staff WHERE shop_id = (SELECT min(shop_id) FROM staff) AND id > (SELECT min(id)
        FROM staff WHERE shop_id = (SELECT min(shop_id) FROM staff))
    """,
    "shops_have_categories": """
        DELETE FROM categories WHERE shop_id = (SELECT min(shop_id) FROM categories)
        AND id > (SELECT min(id) FROM categories WHERE shop_id = (SELECT min(shop_id) FROM categories))
    """,
    "shops_have_customers": """
        DELETE FROM customers WHERE shop_id = (SELECT min(shop_id) FROM customers)
        AND id > (SELECT min(id) FROM customers WHERE shop_id = (SELECT min(shop_id) FROM customers))
    """,
    "featured_products": first("shops", "featured_product_id = 999999999"),
    "shop_cities": "UPDATE shops SET city_id = 1",
    "shop_sizes": "UPDATE shops SET customer_count = 40",
    "staff_emails_reserved": first("staff", "email = 'someone1@mail.com'"),
    "staff_emails_of_the_shop": first("staff", "email = 'tanner.riley1@other-shop-1.example'"),
    "staff_emails_of_the_name": first("staff", "name = 'Zoe Zed'", "name NOT LIKE 'Zoe%'"),
    "staff_names": first("staff", "name = 'Mononym'"),
    "staff_hired_after_opening": first("staff", "hired_at = DATE '2001-01-01'"),
    "staff_hired_before_as_of": first("staff", "hired_at = DATE '2099-01-01'"),
    "staff_one_owner": first("staff", "role = 'packer'", "role = 'owner'"),
    "staff_owner_first": """
        UPDATE staff SET role = CASE role WHEN 'owner' THEN 'packer' ELSE 'owner' END
        WHERE shop_id = (SELECT min(shop_id) FROM staff)
    """,
    "managers_of_the_shop": first(
        "staff", "shop_id = (SELECT max(id) FROM shops WHERE id <> staff.shop_id)", "manager_id IS NOT NULL"
    ),
    "managers_came_before": first("staff", "manager_id = id"),
    "managers_levels": """
        UPDATE staff SET manager_id = (SELECT max(m.id) FROM staff m WHERE m.shop_id = staff.shop_id
        AND m.id < staff.id)
        WHERE shop_id = (SELECT arg_max(shop_id, n) FROM (SELECT shop_id, count(*) AS n FROM staff GROUP BY 1))
    """,
    "staff_roots": "UPDATE staff SET manager_id = NULL",
    "staff_managers": "UPDATE staff SET role = 'packer' WHERE role <> 'owner'",
    "staff_packers": "UPDATE staff SET role = 'courier' WHERE role <> 'owner'",
    "staff_couriers": "UPDATE staff SET role = 'packer' WHERE role <> 'owner'",
    "categories_of_the_shop": first("categories", "parent_id = 999999999", "parent_id IS NOT NULL"),
    "categories_came_before": first("categories", "parent_id = id"),
    "category_levels": """
        UPDATE categories SET parent_id = (SELECT max(p.id) FROM categories p
        WHERE p.shop_id = categories.shop_id AND p.id < categories.id)
        WHERE shop_id = (SELECT arg_max(shop_id, n) FROM (SELECT shop_id, count(*) AS n FROM categories GROUP BY 1))
    """,
    "category_roots": "UPDATE categories SET parent_id = NULL",
    "skus": first("products", "sku = 'abc'"),
    "product_names": first("products", "name = ''"),
    "prices_in_range": first("products", "price = 1"),
    "prices_median": "UPDATE products SET price = 200",
    "prices_tail": "UPDATE products SET price = 30",
    "prices_vary": "UPDATE products SET price = 30 WHERE id % 2 = 0",
    "stock_in_range": first("products", "stock = -1"),
    "stock_median": "UPDATE products SET stock = 500",
    "popularity_values": first("products", "popularity = 3"),
    "popularity_even": "UPDATE products SET popularity = 32 WHERE id % 3 = 0",
    "products_active": "UPDATE products SET active = true",
    "products_added_after_opening": first("products", "added_at = TIMESTAMPTZ '2001-01-01 00:00:00+00'"),
    "products_added_before_as_of": first("products", "added_at = getvariable('as_of')"),
    "product_review_count": first("products", "review_count = review_count + 1"),
    "products_in_categories_of_the_shop": first("products", "category_id = 999999999"),
    "categories_used": "UPDATE products SET category_id = 1",
    "tags_of_products_of_the_shop": first("product_tags", "product_id = 999999999"),
    "tags_once": "INSERT INTO product_tags SELECT * FROM product_tags LIMIT 1",
    "tags_per_product": "DELETE FROM product_tags WHERE product_id % 2 = 0",
    "tags_used": "DELETE FROM product_tags WHERE tag_id = 3",
    "customer_emails_reserved": first("customers", "email = 'someone1@mail.com'"),
    "customer_emails_of_the_name": first("customers", "name = 'Zoe Zed'", "name NOT LIKE 'Zoe%'"),
    "customer_emails_once": "INSERT INTO customers SELECT * REPLACE (id + 1000000 AS id) FROM customers LIMIT 1",
    "customer_names": first("customers", "name = 'Mononym'"),
    "customers_en": "UPDATE customers SET language = 'es'",
    "customers_es": "UPDATE customers SET language = 'en'",
    "customers_fr": "UPDATE customers SET language = 'es'",
    "newsletter_unknown": "UPDATE customers SET newsletter = NULL",
    "newsletter_wanted": "UPDATE customers SET newsletter = true WHERE newsletter IS NOT NULL",
    "customers_after_opening": first("customers", "signed_up_at = TIMESTAMPTZ '2001-01-01 00:00:00+00'"),
    "customers_before_as_of": first("customers", "signed_up_at = getvariable('as_of')"),
    "customer_order_count": first("customers", "order_count = order_count + 1"),
    "customer_spent": first("customers", "spent = spent + 1"),
    "customer_last_order": first("customers", "last_order_at = NULL", "last_order_at IS NOT NULL"),
    "customers_without_orders_spent_nothing": first("customers", "spent = 7", "order_count = 0"),
    "customers_without_orders": "UPDATE customers SET order_count = 1",
    "customers_tail": "UPDATE customers SET order_count = 3",
    "states": "UPDATE states SET code = 'ZZ' WHERE code = 'CA'",
    "cities_in_their_states": "UPDATE cities SET state_code = 'CA' WHERE name = 'Chicago'",
    "springfields": "UPDATE cities SET name = 'Shelbyville' WHERE name = 'Springfield' AND state_code = 'IL'",
    "addresses_of_customers_of_the_shop": first("addresses", "customer_id = 999999999"),
    "one_primary_address": first("addresses", "is_primary = NOT is_primary"),
    "primary_address_first": """
        UPDATE addresses SET is_primary = NOT is_primary WHERE (shop_id, customer_id) IN (SELECT (shop_id,
        customer_id) FROM addresses GROUP BY shop_id, customer_id HAVING count(*) = 2)
    """,
    "postcodes": first("addresses", "postcode = '1234A'"),
    "streets": first("addresses", "street = 'nowhere'"),
    "cities_used": "UPDATE addresses SET city_id = 1 WHERE city_id > 10",
    "customers_with_addresses": "DELETE FROM addresses WHERE customer_id % 3 > 0",
    "customers_with_several_addresses": "DELETE FROM addresses WHERE NOT is_primary",
    "orders_placed": "UPDATE orders SET status = 'paid' WHERE status = 'placed'",
    "orders_paid": "UPDATE orders SET status = 'placed' WHERE status = 'paid'",
    "orders_shipped": "UPDATE orders SET status = 'paid' WHERE status = 'shipped'",
    "orders_delivered": "UPDATE orders SET status = 'paid' WHERE status = 'delivered'",
    "orders_returned": "UPDATE orders SET status = 'paid' WHERE status = 'returned'",
    "orders_paid_at": first("orders", "paid_at = NULL", "paid_at IS NOT NULL"),
    "orders_paid_after_placed": first("orders", "paid_at = placed_at - INTERVAL 1 MINUTE", "paid_at IS NOT NULL"),
    "orders_shipped_at": first("orders", "shipped_at = NULL", "shipped_at IS NOT NULL"),
    "orders_shipped_after_paid": first("orders", "shipped_at = paid_at - INTERVAL 1 MINUTE", "shipped_at IS NOT NULL"),
    "orders_delivered_at": first("orders", "delivered_at = NULL", "delivered_at IS NOT NULL"),
    "orders_delivered_after_shipped": first(
        "orders", "delivered_at = shipped_at - INTERVAL 1 MINUTE", "delivered_at IS NOT NULL"
    ),
    "orders_returned_at": first("orders", "returned_at = NULL", "returned_at IS NOT NULL"),
    "orders_returned_after_delivered": first(
        "orders", "returned_at = delivered_at - INTERVAL 1 MINUTE", "returned_at IS NOT NULL"
    ),
    "orders_after_sign_up": first("orders", "placed_at = TIMESTAMPTZ '2001-01-01 00:00:00+00'"),
    "orders_before_as_of": first("orders", "placed_at = getvariable('as_of')"),
    "orders_of_customers_of_the_shop": first("orders", "customer_id = 999999999"),
    "order_totals": first("orders", "total = total + 1"),
    "orders_young_states": "UPDATE orders SET placed_at = placed_at - INTERVAL 5 YEAR WHERE status = 'placed'",
    "orders_with_lines": "DELETE FROM order_lines WHERE order_id = 7",
    "quantities": first("order_lines", "quantity = 0"),
    "quantity_one": "UPDATE order_lines SET quantity = 2 WHERE quantity = 1",
    "quantity_mean": "UPDATE order_lines SET quantity = 12",
    "line_prices": first("order_lines", "unit_price = unit_price + 1"),
    "line_amounts": first("order_lines", "amount = amount + 1"),
    "lines_of_orders_of_the_shop": first("order_lines", "order_id = 999999999"),
    "lines_of_products_of_the_shop": first("order_lines", "product_id = 999999999"),
    "lines_once": "INSERT INTO order_lines SELECT * FROM order_lines LIMIT 1",
    "lines_per_order": "DELETE FROM order_lines WHERE order_id % 2 = 0",
    "products_sold": "DELETE FROM order_lines WHERE product_id % 4 > 0",
    "payments_of_orders_of_the_shop": first("payments", "order_id = 999999999"),
    "payments_once": "INSERT INTO payments SELECT * FROM payments LIMIT 1",
    "card_numbers": first("payments", "card_last4 = '12X4'", "card_last4 IS NOT NULL"),
    "card_numbers_of_cards": first("payments", "card_last4 = NULL", "method = 'card'"),
    "payments_by_card": "UPDATE payments SET method = 'voucher'",
    "payments_by_transfer": "UPDATE payments SET method = 'voucher'",
    "payments_by_voucher": "UPDATE payments SET method = 'card'",
    "payments_when_paid": first("payments", "received_at = received_at - INTERVAL 1 HOUR"),
    "payments_recorded_later": first("payments", "recorded_at = received_at - INTERVAL 1 HOUR"),
    "payments_recorded_in_time": first("payments", "recorded_at = getvariable('as_of')"),
    "payments_late": "UPDATE payments SET recorded_at = received_at",
    "payments_of_orders": "DELETE FROM payments WHERE order_id % 2 = 0",
    "stars": first("reviews", "stars = 6"),
    "stars_5": "UPDATE reviews SET stars = 4 WHERE stars = 5",
    "stars_4": "UPDATE reviews SET stars = 3 WHERE stars = 4",
    "stars_3": "UPDATE reviews SET stars = 2 WHERE stars = 3",
    "stars_2": "UPDATE reviews SET stars = 1 WHERE stars = 2",
    "stars_1": "UPDATE reviews SET stars = 2 WHERE stars = 1",
    "reviews_in_time": first("reviews", "written_at = getvariable('as_of') + INTERVAL 1 DAY"),
    "reviews_once": "INSERT INTO reviews SELECT * REPLACE (id + 1000000 AS id) FROM reviews LIMIT 1",
    "reviews_of_products_of_the_shop": first("reviews", "product_id = 999999999"),
    "reviews_by_customers_of_the_shop": first("reviews", "customer_id = 999999999"),
    "deliveries_do_not_overlap": """
        INSERT INTO deliveries SELECT * REPLACE (id + 1000000 AS id,
        starts_at + INTERVAL 1 MINUTE AS starts_at) FROM deliveries LIMIT 1
    """,
    "delivery_lengths": first("deliveries", "ends_at = starts_at + INTERVAL 51 MINUTE"),
    "delivery_mean": "UPDATE deliveries SET ends_at = starts_at + INTERVAL 15 MINUTE",
    "deliveries_on_whole_minutes": first("deliveries", "starts_at = starts_at + INTERVAL 1 SECOND"),
    "deliveries_in_time": first("deliveries", "ends_at = getvariable('as_of') + INTERVAL 1 MINUTE"),
    "deliveries_by_couriers": first(
        "deliveries",
        "courier_id = (SELECT t.id FROM staff t WHERE t.role = 'owner' AND t.shop_id = deliveries.shop_id)",
    ),
    "deliveries_spread": """
        UPDATE deliveries SET starts_at = date_trunc('day', starts_at), ends_at = date_trunc('day',
        starts_at) + INTERVAL 20 MINUTE
    """,
    "comments_on_reviews": first("comments", "subject_id = 999999999", "subject_type = 'reviews'"),
    "comments_on_deliveries": first("comments", "subject_id = 999999999", "subject_type = 'deliveries'"),
    "comments_shares": "UPDATE comments SET subject_type = 'reviews', subject_id = 1",
    "comments_say_something": first("comments", "body = ' '"),
    "comments_before_as_of": first("comments", "written_at = getvariable('as_of')"),
}
