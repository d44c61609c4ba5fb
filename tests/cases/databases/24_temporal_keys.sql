-- Temporal primary and foreign keys, whose periods people split; a virtual generated column.
-- Right: sync brings back exactly what was there.
-- needs: btree_gist
-- versions: 18-99
create extension btree_gist;
create table room (id int, during daterange, price numeric(6,2), gross numeric generated always as (price * 1.2) virtual, primary key (id, during without overlaps));
create table booking (id int primary key, room int, during daterange, foreign key (room, period during) references room (id, period during));
insert into room (id, during, price) select i, daterange('2024-01-01', '2025-01-01'), i * 10 from generate_series(1, 20) i;
insert into booking select i, i, daterange('2024-03-01', '2024-03-05') from generate_series(1, 20) i;
-- @edits
begin;
delete from booking where id in (3, 4, 5);
delete from room where id in (3, 4);
update room set during = daterange('2024-01-01', '2024-06-01') where id = 7;
insert into room (id, during, price) values (7, daterange('2024-06-01', '2025-01-01'), 99), (3, daterange('2024-05-01', '2024-06-01'), 1);
update room set price = 1 where id = 9;
commit;
