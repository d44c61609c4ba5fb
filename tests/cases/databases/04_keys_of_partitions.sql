-- Unique keys that only partitions have, as primary keys and as unique indexes.
-- Right: `missing` skips the rows that collide, and `sync` restores exactly.
create table ev (id int not null, code text, at int not null) partition by list (at);
create table ev_1 partition of ev for values in (1);
create table ev_2 partition of ev for values in (2);
create unique index on ev_1 (code);
alter table ev_1 add primary key (id);
insert into ev select i, 'k' || i, 1 + i % 2 from generate_series(1, 80) i;
-- @edits
delete from ev where id between 10 and 20;
update ev_1 set code = 'moved' || id where id between 30 and 40;
update ev_1 set code = 'k12' where id = 50;
insert into ev values (1000, 'k14', 1);
