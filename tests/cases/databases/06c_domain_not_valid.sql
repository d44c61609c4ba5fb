-- A domain whose CHECK is NOT VALID, and rows that break it.
-- Right: as 06.
-- capture warns: constraint pos of domain age in table t was never validated (NOT VALID)
create domain age as int;
create table t (id int primary key, a age);
insert into t values (1, -5), (2, 5);
alter domain age add constraint pos check (value >= 0) not valid;
