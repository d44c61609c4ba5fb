CREATE DOMAIN email AS text CHECK (value ~ '@');
CREATE DOMAIN counted AS int CHECK (value > 0);
CREATE DOMAIN brief AS text NOT NULL CHECK (length(value) <= 8);
CREATE TABLE t (id counted PRIMARY KEY, e email NOT NULL UNIQUE, n brief, q counted[] NOT NULL);
CREATE TABLE without_columns ();
CREATE TABLE long_numbers (a numeric(3,-2) NOT NULL, b numeric(5,5) NOT NULL, c numeric(40,10) NOT NULL, d money NOT NULL);
