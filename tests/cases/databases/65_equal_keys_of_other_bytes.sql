-- Keys that Postgres calls equal and whose bytes differ: citext, numeric scale, interval, -0.
-- Right: diff says what differs, and sync brings the bytes back.
-- needs: citext
create extension citext;
create table c (k citext primary key, v int); insert into c values ('Ab', 1), ('cd', 2), ('Ef', 3);
create table n (k numeric primary key, v int); insert into n values (1.0, 1), (2.50, 2), (3, 3);
create table i (k interval primary key, v int); insert into i values ('1 day', 1), ('25:00', 2), ('3 days', 3);
create table j (k jsonb primary key, v int); insert into j values ('1.5', 1), ('{"a": 2.5}', 2);
create table f (k float8 primary key, v int); insert into f values ('-0', 1), (2, 2);
create table ch (id int primary key, c citext references c (k)); insert into ch values (1, 'AB'), (2, 'CD');
-- @edits
update c set k = 'aB' where k = 'Ab'; update c set k = 'EF', v = 9 where k = 'ef'; update n set k = 1.00 where k = 1; update n set k = 2.5, v = 7 where k = 2.5; update i set k = '24:00' where k = '1 day'; delete from i where k = '3 days'; update f set k = 0 where k = 0; update ch set c = 'ab' where id = 1;
