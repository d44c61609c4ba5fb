-- Deliveries: couriers in one place at a time.

-- rule: deliveries_do_not_overlap
-- about: a courier is in one place at a time
-- limit: 0
SELECT a.id, b.id AS other
FROM deliveries a
JOIN deliveries b ON b.shop_id = a.shop_id AND b.courier_id = a.courier_id AND b.id > a.id
    AND b.starts_at < a.ends_at AND a.starts_at < b.ends_at;

-- rule: delivery_lengths
-- about: a delivery takes from 15 to 50 minutes
-- limit: 0
SELECT id, starts_at, ends_at
FROM deliveries
WHERE ends_at - starts_at NOT BETWEEN INTERVAL 15 MINUTE AND INTERVAL 50 MINUTE;

-- rule: delivery_mean
-- about: the mean minutes of a delivery
-- between: 29 36
-- needs: deliveries 400
SELECT avg(epoch(ends_at - starts_at)) / 60 FROM deliveries;

-- rule: deliveries_on_whole_minutes
-- about: times are whole minutes
-- limit: 0
SELECT id, starts_at
FROM deliveries
WHERE date_trunc('minute', starts_at) <> starts_at OR date_trunc('minute', ends_at) <> ends_at;

-- rule: deliveries_in_time
-- about: a delivery is of the last year
-- limit: 0
SELECT id, starts_at
FROM deliveries
WHERE starts_at < getvariable('as_of') - INTERVAL 365 DAY OR ends_at > getvariable('as_of');

-- rule: deliveries_by_couriers
-- about: who delivers is a courier of the shop
-- limit: 0
SELECT d.id FROM deliveries d ANTI JOIN staff t ON t.shop_id = d.shop_id AND t.id = d.courier_id AND t.role = 'courier';

-- rule: deliveries_spread
-- about: the share of the year's hours of the day in which a delivery begins
-- between: 0.9 1
-- needs: deliveries 400
SELECT count(DISTINCT hour(starts_at)) / 24 FROM deliveries;
