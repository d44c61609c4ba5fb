-- No schema public; an extension's types, enums and sequences in schemas of their own, one named like the role.
-- Right: all modes.
drop schema public cascade; create schema app; create schema postgres; set search_path = app;
create type mood as enum ('a', 'b'); create table app.t (id serial primary key, m mood[], d date); create table postgres.t (id int primary key references app.t, x mood); insert into app.t (m, d) select '{a,b}', date '2020-01-01' + i from generate_series(1, 30) i; insert into postgres.t select i, 'a' from generate_series(1, 30) i; create view app.v as select * from t;
