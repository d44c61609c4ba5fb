-- Rows of one partition exchange values of keys that only this partition has, below a key of the whole table.
-- Right: `sync` puts each back, stepping aside as it does for keys of plain tables.
create table ev (id int not null, code text not null, at int not null, primary key (id, at)) partition by list (at);
create table ev_1 partition of ev for values in (1);
create table ev_2 partition of ev for values in (2);
alter table ev_1 add unique (id), add unique (code);
create table bare (id int not null, code text not null, at int not null) partition by list (at);
create table bare_1 partition of bare for values in (1);
create table bare_2 partition of bare default;
alter table bare_1 add primary key (id), add unique (code);
insert into ev select i, 'k' || i, 1 + i % 2 from generate_series(1, 40) i;
insert into bare table ev;
-- @edits
update ev_1 set code = 'tmp' where id = 2; update ev_1 set code = 'k2' where id = 4; update ev_1 set code = 'k4' where id = 2;
update ev_1 set id = -1 where id = 10; update ev_1 set id = 10 where id = 12; update ev_1 set id = 12 where id = -1;
update ev set code = 'k8' where id = 7; update ev set at = 2 where id = 8;
delete from ev where id in (20, 21);
update bare_1 set code = 'tmp' where id = 2; update bare_1 set code = 'k2' where id = 4; update bare_1 set code = 'k4' where id = 2;
update bare_1 set id = -1 where id = 10; update bare_1 set id = 10 where id = 12; update bare_1 set id = 12 where id = -1;
delete from bare where id in (20, 21);
