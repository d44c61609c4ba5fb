-- Materialised views without rows: the query of one fails when it runs, another reads that one, and has rows of before.
-- Right: restored without rows, and a third that has rows with them.
create table m (id int primary key, n int);
insert into m values (1, 1), (2, 5);
create materialized view ratio as select id, 10 / n as r from m;
create materialized view "Sum. of" as select sum(r) from ratio;
create materialized view whole as select sum(n) from m;
refresh materialized view ratio with no data;
update m set n = 0 where id = 1;
