-- A plain table references one partition only, and its name sorts before that of the partitioned table.
-- Right: no warning, for the partition is captured with its table; parents are loaded first.
create table z_log (id int not null, at int not null, t text) partition by range (at);
create table z_log_1 partition of z_log for values from (0) to (100);
create table z_log_2 partition of z_log for values from (100) to (200);
alter table z_log_1 add primary key (id);
create table a_note (id int primary key, log int references z_log_1 (id), t text);
insert into z_log select i, i, 'l' || i from generate_series(1, 150) i;
insert into a_note select i, i, 'n' || i from generate_series(1, 60) i;
-- @edits
insert into z_log values (70, 170, 'the same number, no parent');
delete from a_note where id between 10 and 20;
delete from z_log where id between 12 and 15;
insert into a_note values (500, 80, 'mine');
