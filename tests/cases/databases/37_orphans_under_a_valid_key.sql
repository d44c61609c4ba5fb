-- Rows written with triggers switched off, which break a foreign key that counts as proved.
-- Right: refused by capture, which names the table, the column and the rows.
-- capture refuses: references is 2, limit 0 (at=c.p, row=98; at=c.p, row=99)
create table p (id int primary key);
create table c (id int primary key, p int references p);
insert into p values (1), (2);
set session_replication_role = replica;
insert into c values (1, 1), (2, 99), (3, 98);
