-- NOT VALID of parents and children, of partitioned tables, of one partition, of a table to itself, of a domain within
-- a domain, an array, a composite and a range, with comments; and rows from before all of it.
-- Right: all come back NOT VALID, with those rows.
-- capture warns: constraint up_n of table down was never validated (NOT VALID)
-- capture warns: constraint up_n of table up was never validated (NOT VALID)
-- capture warns: constraint few of table log was never validated (NOT VALID)
-- capture warns: constraint own of table tree was never validated (NOT VALID)
-- capture warns: constraint small of domain age in table aged was never validated (NOT VALID)
-- capture warns: constraint small of domain age in table people was never validated (NOT VALID)
create table up (n int);
create table down (m int) inherits (up);
insert into up values (-1);
insert into down values (-2, 1);
alter table up add constraint up_n check (n > 0) not valid;
comment on constraint up_n on up is 'legacy; "rows"';
create table log (id int not null, n int) partition by range (id);
create table log_1 partition of log for values from (0) to (100);
create table log_2 partition of log for values from (100) to (200);
insert into log values (1, 7), (150, 8);
alter table log add constraint few check (n < 5) not valid;
create table tree (id int primary key, parent int);
insert into tree values (1, 9), (2, 1);
alter table tree add constraint own foreign key (parent) references tree deferrable initially deferred not valid;
create domain age as int;
create domain ages as age;
create type person as (name text, a age);
create type span as range (subtype = age);
create table aged (a ages, many age[]);
create table people (p person, s span);
insert into aged values (200, '{300}');
insert into people values ('(x,200)', '[1,300)');
alter domain age add constraint small check (value < 150) not valid;
