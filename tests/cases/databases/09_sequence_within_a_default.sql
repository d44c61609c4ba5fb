-- what: defaults that make a text, a product, an array, a range and a date of a sequence's value
-- expected: all is restored; each sequence goes on after what was drawn
CREATE SEQUENCE codes;
CREATE SEQUENCE tens;
CREATE SEQUENCE listed;
CREATE SEQUENCE ranged;
CREATE SEQUENCE days;
CREATE TABLE paper (
  id int PRIMARY KEY,
  code text UNIQUE DEFAULT 'INV-' || lpad(nextval('codes')::text, 6, '0'),
  ten int DEFAULT nextval('tens') * 10,
  listed bigint[] DEFAULT ARRAY[nextval('listed'), 0],
  ranged int4range DEFAULT int4range(nextval('ranged')::int, NULL),
  day date DEFAULT date '2026-01-01' + nextval('days')::int
);
INSERT INTO paper (id) SELECT i FROM generate_series(1, 25) AS i;
