-- what: the serial of one table is the default of another too, which is loaded first and holds the larger ids; a partition
--   draws from a sequence of its own
-- expected: the next id is above those of both tables
CREATE TABLE zebra (id serial PRIMARY KEY, t text);
CREATE TABLE ant (id int PRIMARY KEY DEFAULT nextval('zebra_id_seq'), t text);
INSERT INTO zebra (t) SELECT 'zebra' FROM generate_series(1, 10);
INSERT INTO ant (t) SELECT 'ant' FROM generate_series(1, 10);
CREATE TABLE parted (id int, k int) PARTITION BY LIST (k);
CREATE TABLE parted_1 PARTITION OF parted FOR VALUES IN (1);
CREATE SEQUENCE parted_1_ids OWNED BY parted_1.id;
ALTER TABLE parted_1 ALTER id SET DEFAULT nextval('parted_1_ids');
INSERT INTO parted_1 (k) SELECT 1 FROM generate_series(1, 5);
