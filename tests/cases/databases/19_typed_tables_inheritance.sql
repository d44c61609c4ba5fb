-- A table of a type, a child of two parents with constraints of its own, NO INHERIT checks, other defaults in children.
-- Right: the same schema and rows.
create type ct as (id int, name text);
create table typed of ct (id with options primary key, name with options default 'x' not null);
create table pa (id int primary key, a text check (a <> 'no') no inherit);
create table pb (id int not null, b text default 'pb');
create table chi (c text, primary key (id)) inherits (pa, pb);
create table gran (d text default 'g') inherits (chi);
alter table gran alter b set default 'gran';
insert into typed values (1, 'a'), (2, default);
insert into pa values (1, 'a'), (2, 'b'); insert into pb values (1, 'x'); insert into chi values (1, 'no', 'b', 'c'), (7, null, null, null); insert into gran values (1, 'z', 'b', 'c', 'd');
