-- Foreign keys that close circles through partitioned tables and that are not deferrable: of and to whole tables, of and to
-- partitions, with a comment.
-- Right: they give way while rows are replaced, and come back the same.
create table mayor (id int primary key, city int);
create table city (id int primary key, mayor int, name text) partition by range (id);
create table city_1 partition of city for values from (0) to (50);
create table city_2 partition of city for values from (50) to (100) partition by hash (id);
create table city_2a partition of city_2 for values with (modulus 1, remainder 0);
alter table city add constraint governed foreign key (mayor) references mayor on delete set null;
alter table mayor add constraint resides foreign key (city) references city;
comment on constraint governed on city is 'by whom';
create table a_road (id int primary key, crossing int);
create table z_crossing (id int not null, road int, k int) partition by list (k);
create table z_crossing_1 partition of z_crossing for values in (1);
create table z_crossing_2 partition of z_crossing default;
alter table z_crossing_1 add constraint same foreign key (road) references a_road;
alter table z_crossing_2 add constraint same foreign key (road) references a_road, add primary key (id);
alter table a_road add foreign key (crossing) references z_crossing_2;
insert into mayor select i, null from generate_series(1, 90) i;
insert into city select i, 91 - i, 'c' || i from generate_series(1, 90) i;
update mayor set city = id;
insert into a_road select i, null from generate_series(1, 20) i;
insert into z_crossing select i, 1 + i % 20, 1 + i % 2 from generate_series(1, 40) i;
update a_road set crossing = 2 * id - 1;
-- @edits
update mayor set city = null where id > 80;
delete from city where id > 85;
update a_road set crossing = null where id > 10;
delete from z_crossing where id > 25;
insert into city values (99, 1, 'mine'); update mayor set city = 99 where id = 1;
