CREATE DOMAIN wait AS interval CHECK (value >= '1 day');
CREATE TABLE t (id int PRIMARY KEY, a interval NOT NULL CHECK (a > '0'), b wait NOT NULL, c interval NOT NULL CHECK (c >= '1 day'), d interval);
