-- A database without tables: a type, a function, a view.
-- Right: the capture refuses; a snapshot is tables.
-- capture refuses: there is no table to capture
create type mood as enum ('sad', 'ok');
create function twice(int) returns int language sql immutable return $1 * 2;
create view v as select 'ok'::mood as m, twice(2) as n;
