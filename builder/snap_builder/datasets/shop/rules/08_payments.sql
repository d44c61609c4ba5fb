-- Payments: what only cards have, and what is recorded late.

-- rule: payments_of_orders_of_the_shop
-- about: a payment is of an order of the shop
-- limit: 0
SELECT p.order_id FROM payments p ANTI JOIN orders o ON o.shop_id = p.shop_id AND o.id = p.order_id;

-- rule: payments_once
-- about: an order is paid once
-- limit: 0
SELECT shop_id, order_id FROM payments GROUP BY ALL HAVING count(*) > 1;

-- rule: card_numbers
-- about: of a card four digits are kept
-- limit: 0
SELECT order_id, card_last4 FROM payments WHERE NOT regexp_full_match(card_last4, '[0-9]{4}');

-- rule: card_numbers_of_cards
-- about: digits of a card are there where a card paid, and nowhere else
-- limit: 0
SELECT order_id, method, card_last4 FROM payments WHERE (method = 'card') <> (card_last4 IS NOT NULL);

-- rule: payments_by_card
-- about: the share of payments by card
-- between: 0.68 0.72
-- needs: payments 400
SELECT avg((method = 'card')::INT) FROM payments;

-- rule: payments_by_transfer
-- about: the share of payments by transfer
-- between: 0.18 0.22
-- needs: payments 400
SELECT avg((method = 'transfer')::INT) FROM payments;

-- rule: payments_by_voucher
-- about: the share of payments by voucher
-- between: 0.08 0.12
-- needs: payments 400
SELECT avg((method = 'voucher')::INT) FROM payments;

-- rule: payments_when_paid
-- about: the money is there when the order is paid
-- limit: 0
SELECT p.order_id, p.received_at, o.paid_at
FROM payments p
JOIN orders o ON o.shop_id = p.shop_id AND o.id = p.order_id
WHERE p.received_at IS DISTINCT
FROM o.paid_at;

-- rule: payments_recorded_later
-- about: a payment is recorded after it was received
-- limit: 0
SELECT order_id, received_at, recorded_at FROM payments WHERE recorded_at < received_at;

-- rule: payments_recorded_in_time
-- about: a payment is recorded before as-of
-- limit: 0
SELECT order_id, recorded_at FROM payments WHERE recorded_at >= getvariable('as_of');

-- rule: payments_late
-- about: the share of payments that are recorded more than a day late
-- between: 0.1 0.6
-- needs: payments 400
SELECT avg((recorded_at > received_at + INTERVAL 1 DAY)::INT) FROM payments;

-- rule: payments_of_orders
-- about: payments for each order that is paid
-- between: 0.8 1
-- needs: orders 400
SELECT (SELECT count(*) FROM payments) / (SELECT count(*) FROM orders WHERE paid_at IS NOT NULL);
