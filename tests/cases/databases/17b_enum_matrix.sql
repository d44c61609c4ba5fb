-- An array of an enum that holds a matrix, one with bounds of its own, and plain ones beside them.
-- Right: a diff with the database that was captured finds nothing.
create type mood as enum ('sad', 'ok');
create table t (id int primary key, m mood[]);
insert into t values (1, '{{sad,ok},{ok,sad}}'), (2, '{ok}'), (3, '[0:1]={ok,sad}'), (4, null);
