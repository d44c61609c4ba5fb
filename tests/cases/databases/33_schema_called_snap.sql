-- A schema of the application's own that is called snap, beside which a restore keeps its ledger; tables there that
-- are called as snap's own, but hold something else.
-- Right: the schema is captured and compared as any other, before and after a restore; only snap's own tables are not.
create schema snap;
create table snap.photos (id int primary key, title text);
create table snap.night (id int primary key, moon text);
create function snap.titled(photo int) returns text language sql as 'select title from snap.photos where id = $1';
insert into snap.photos select i, 'photo ' || i from generate_series(1, 30) i;
insert into snap.night values (1, 'full');
create table album (id int primary key, photo int references snap.photos);
insert into album select i, i from generate_series(1, 20) i;
-- @edits
delete from album where id < 5;
update snap.photos set title = 'other' where id = 7;
insert into snap.photos values (100, 'mine');
delete from snap.night;
