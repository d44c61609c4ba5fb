-- NOT NULL that is NOT VALID, and a row with NULL.
-- Right: as 06.
-- versions: 18-99
-- capture warns: constraint nn of table lax was never validated (NOT VALID)
create table lax (id int primary key, n int);
insert into lax values (1, null), (2, 3);
alter table lax add constraint nn not null n not valid;
