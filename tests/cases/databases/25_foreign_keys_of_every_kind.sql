-- MATCH FULL, ON DELETE SET NULL (columns), a key to a unique index, NOT NULL to itself, deferred and not deferrable cycles, keys across types.
-- Right: restored in order, and put right by missing and sync.
create table m (a int, b int, t text, unique (a, b)); 
insert into m select i, i, 't' || i from generate_series(1, 30) i;
create table mf (id int primary key, a int, b int, foreign key (a, b) references m (a, b) match full);
create table mp (id int primary key, a int, b int not null, foreign key (a, b) references m (a, b) on delete set null (a));
create table tree (id int primary key, parent int not null references tree, name text);
create table hen (id int primary key, egg int not null); create table egg (id int primary key, hen int not null references hen deferrable initially deferred);
alter table hen add foreign key (egg) references egg deferrable initially deferred;
create table x1 (id bigint primary key, y smallint); create table y1 (id smallint primary key, x int references x1);
alter table x1 add foreign key (y) references y1 (id);
begin;
insert into mf select i, case when i % 3 > 0 then i end, case when i % 3 > 0 then i end from generate_series(1, 30) i;
insert into mp select i, case when i % 4 > 0 then i end, i from generate_series(1, 30) i;
insert into tree select i, greatest(1, i / 2), 'n' || i from generate_series(1, 40) i;
insert into hen select i, i from generate_series(1, 20) i; insert into egg select i, i from generate_series(1, 20) i;
insert into x1 select i, null from generate_series(1, 20) i; insert into y1 select i, i from generate_series(1, 20) i; update x1 set y = id;
commit;
-- @edits
begin;
set constraints all deferred;
delete from mf where id < 10; delete from mp where id < 10; delete from m where a < 5;
delete from tree where id > 25; update tree set parent = 1 where id > 10;
delete from hen where id > 12; delete from egg where id > 12; 
update x1 set y = null where id > 10; delete from y1 where id > 10; delete from x1 where id > 15;
commit;
