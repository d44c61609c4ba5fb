-- An enum within a domain, an array of the domain, and a composite.
-- Right: a diff with the database that was captured finds nothing.
create type mood as enum ('sad', 'ok');
create domain mood_d as mood;
create type pair as (m mood);
create table t (id int primary key, m mood_d, ms mood_d[], p pair);
insert into t values (1, 'ok', '{sad,ok}', '(ok)');
