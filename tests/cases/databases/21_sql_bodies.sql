-- BEGIN ATOMIC bodies, a generated column, defaults and an index over functions of other schemas, an aggregate, an operator class.
-- Right: the same schema and rows.
create schema lib; create schema app;
create type lib.pair as (a int, b int);
create table app.k (id int primary key, v text);
create function lib.latest() returns text language sql stable begin atomic select max(v) from app.k; end;
create function lib.norm(t text) returns text language sql immutable return lower(trim(t));
create function lib.mk(a int, b int default 7) returns lib.pair language sql immutable return row(a, b)::lib.pair;
create procedure app.add(x int) language sql begin atomic insert into app.k values (x, 'v') on conflict do nothing; end;
create table app.u (id int primary key, name text, norm text generated always as (lib.norm(name)) stored, last text default lib.latest(), p lib.pair default lib.mk(1));
create unique index on app.u (lib.norm(name));
create function lib.plus(s int, v int) returns int language sql immutable return coalesce(s, 0) + v;
create aggregate lib.total(int) (sfunc = lib.plus, stype = int, initcond = '0');
create operator lib.=== (function = int4eq, leftarg = int, rightarg = int, commutator = operator(lib.===), restrict = eqsel, join = eqjoinsel, hashes, merges);
create function lib.cmp(int, int) returns int language sql immutable return btint4cmp($2, $1);
create operator class lib.rev for type int using btree as operator 1 >, operator 2 >=, operator 3 =, operator 4 <=, operator 5 <, function 1 lib.cmp(int, int);
create index on app.u (id lib.rev);
create function lib.first(lib.pair) returns int language sql immutable return ($1).a;
create cast (lib.pair as int) with function lib.first(lib.pair) as assignment;
insert into app.k select i, 'v' || i from generate_series(1, 10) i;
insert into app.u (id, name) select i, ' N' || i from generate_series(1, 2200) i;
create text search configuration app.ts (copy = simple);
create statistics app.st (mcv) on name, last from app.u;
