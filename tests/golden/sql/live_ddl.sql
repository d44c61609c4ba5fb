-- nothing


-- a function
SET LOCAL check_function_bodies = false; -- bodies may name what comes later


CREATE SCHEMA IF NOT EXISTS public;

CREATE FUNCTION f() RETURNS int;

CREATE TABLE a (id int);


-- needs
-- needs Postgres 17: a built-in collation

CREATE TABLE a (id int);


-- left out
-- needs Postgres 15: x
SET LOCAL check_function_bodies = false; -- bodies may name what comes later


CREATE SCHEMA IF NOT EXISTS public;

CREATE FUNCTION f() RETURNS int;

CREATE TABLE a (id int);

-- Left out, for it needs what is not in the snapshot:
-- ALTER TABLE a ADD k;
-- ALTER TABLE a ADD l;


