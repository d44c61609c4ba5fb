-- Tables without columns, and with generated columns only, between others.
-- Right: each has its rows again, and so have the tables that are loaded after it.
create table a (id int primary key, t text);
insert into a select i, 'x' || i from generate_series(1, 100) i;
create table aa_nothing ();
insert into aa_nothing default values;
create table generated (n int generated always as (1) stored);
insert into generated values (default), (default);
create table z (id int primary key, t text);
insert into z select i, 'x' || i from generate_series(1, 100) i;
