-- Constraints that are NOT ENFORCED, and rows that break them.
-- Right: restored again and again.
-- versions: 18-99
create table p (id int primary key, n int, constraint n check (n > 0) not enforced);
create table c (id int primary key, p int constraint c_p references p not enforced);
insert into p values (1, -1);
insert into c values (1, 99);
