-- Each partition has foreign keys of its own, not its table's, with other actions: as pagila has them.
-- Right: the partitions' table is in the snapshot, so nothing is refused as lying beyond it.
create table cust (id int primary key, name text);
create table pay (id int not null, cust int not null, day date not null, amount numeric(8, 2)) partition by range (day);
create table pay_a partition of pay for values from ('2024-01-01') to ('2024-07-01');
create table pay_b partition of pay for values from ('2024-07-01') to ('2025-01-01');
alter table pay_a add foreign key (cust) references cust;
alter table pay_b add foreign key (cust) references cust on delete cascade;
insert into cust select i, 'c' || i from generate_series(1, 40) i;
insert into pay select i, 1 + i % 40, date '2024-01-01' + i, i from generate_series(1, 300) i;
-- @edits
insert into cust values (900, 'mine');
insert into pay values (900, 900, '2024-02-02', 1), (901, 900, '2024-08-02', 1);
delete from pay where id between 20 and 30;
