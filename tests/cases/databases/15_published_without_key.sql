-- Two tables, one without a primary key; the target publishes updates and deletes of both.
-- Right: both are replaced.
create table keyless (a int, b text);
insert into keyless select i, 'x' || i from generate_series(1, 30) i;
create table keyed (a int primary key, b text);
insert into keyed select i, 'x' || i from generate_series(1, 30) i;
