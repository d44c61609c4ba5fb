-- Unique indexes whose expression or predicate reads the whole row.
-- Right: missing and sync work as with any other unique index.
create table fact (a int, b text, c date);
create function rowhash(fact) returns text immutable language sql as 'select md5($1.a::text || coalesce($1.b, ''''))';
create unique index fact_whole on fact (rowhash(fact.*));
create table fact2 (a int primary key, b text, c text);
create unique index fact2_part on fact2 (c) where fact2.* is not null;
insert into fact select i, 'b' || i, date '2024-01-01' + i from generate_series(1, 60) i;
insert into fact2 select i, case when i % 3 > 0 then 'b' || i end, 'c' || i from generate_series(1, 60) i;
