-- Where people live: cities in their states, one primary address each.

-- rule: states
-- about: the eight states of the script
-- limit: 0
SELECT code FROM states WHERE code NOT IN ('CA', 'CO', 'IL', 'MA', 'NY', 'OR', 'TX', 'WA');

-- rule: cities_in_their_states
-- about: a city lies in its state
-- limit: 0
SELECT id, name, state_code FROM cities WHERE concat(state_code, ' ', name) NOT IN (
    'CA Los Angeles', 'CA San Diego', 'CA Oakland', 'CO Denver', 'CO Boulder', 'IL Chicago', 'IL Springfield',
    'MA Boston', 'MA Springfield', 'NY Buffalo', 'NY Albany', 'NY Rochester', 'OR Portland', 'OR Salem',
    'TX Austin', 'TX Houston', 'TX El Paso', 'WA Seattle', 'WA Spokane', 'WA Tacoma'
);

-- rule: springfields
-- about: two states have a Springfield
-- limit: 0
SELECT count(*) AS springfields FROM cities WHERE name = 'Springfield' HAVING count(*) <> 2;

-- rule: addresses_of_customers_of_the_shop
-- about: an address is of a customer of the shop
-- limit: 0
SELECT a.id FROM addresses a ANTI JOIN customers c ON c.shop_id = a.shop_id AND c.id = a.customer_id;

-- rule: one_primary_address
-- about: a customer with addresses has one that is primary
-- limit: 0
SELECT shop_id, customer_id, count(*) FILTER (is_primary) AS primary_ones
FROM addresses
GROUP BY ALL HAVING primary_ones <> 1;

-- rule: primary_address_first
-- about: the first address is the primary one
-- limit: 0
SELECT shop_id, customer_id, arg_min(is_primary, id) AS first FROM addresses GROUP BY ALL HAVING NOT first;

-- rule: postcodes
-- about: a postcode has five digits
-- limit: 0
SELECT id, postcode FROM addresses WHERE NOT regexp_full_match(postcode, '[0-9]{5}');

-- rule: streets
-- about: a street has a number and a name
-- limit: 0
SELECT id, street FROM addresses WHERE NOT regexp_full_match(street, '[0-9]+ \S.*');

-- rule: cities_used
-- about: the cities in which somebody lives
-- between: 18 20
-- needs: addresses 300
SELECT count(DISTINCT city_id) FROM addresses;

-- rule: customers_with_addresses
-- about: the share of customers with an address
-- between: 0.4 0.95
-- needs: customers 400
SELECT (SELECT count(DISTINCT (shop_id, customer_id)) FROM addresses) / (SELECT count(*) FROM customers);

-- rule: customers_with_several_addresses
-- about: the share of customers with several, of those with any
-- between: 0.1 0.9
-- needs: customers 400
SELECT avg((n > 1)::INT) FROM (SELECT count(*) AS n FROM addresses GROUP BY shop_id, customer_id);
