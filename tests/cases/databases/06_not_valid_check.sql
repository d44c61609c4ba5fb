-- A CHECK that is NOT VALID, and rows from before it that break it, as Rails' `validate: false` leaves them.
-- Right: restored with the CHECK, NOT VALID again, and those rows.
-- capture warns: constraint named of table emp was never validated (NOT VALID)
create table emp (id int primary key, name text);
insert into emp values (1, 'ok'), (2, ''), (3, null);
alter table emp add constraint named check (name <> '' and name is not null) not valid;
