-- A foreign key that is NOT VALID, and rows from before it that reference nothing.
-- Right: as 06.
-- capture warns: constraint c_p of table c was never validated (NOT VALID)
create table p (id int primary key);
create table c (id int primary key, p int);
insert into p values (1), (2);
insert into c values (1, 1), (2, 2), (3, 99);
alter table c add constraint c_p foreign key (p) references p not valid;
