-- One partition is a foreign table, whose rows lie elsewhere.
-- Right: capture says so, for no database gets a foreign table's rows back.
-- needs: file_fdw
-- capture warns: partition far of table near is a foreign table
-- restore refuses: far
create extension file_fdw;
create server f foreign data wrapper file_fdw;
create table near (id int, k int) partition by list (k);
create table near_1 partition of near for values in (1);
create foreign table far partition of near for values in (3) server f options (filename '/dev/null');
insert into near values (1, 1);
