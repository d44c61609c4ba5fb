-- A table without rows that has columns uuid[] and jsonb[].
-- Right: captured and restored; and the same with a row.
create table groups (id uuid primary key default gen_random_uuid(), members uuid[] not null default '{}');
create table logs (id int primary key, entries jsonb[]);
create table filled (id uuid primary key default gen_random_uuid(), members uuid[] not null default '{}', j jsonb[]);
insert into filled values (gen_random_uuid(), array[gen_random_uuid()], array['{"a":1}'::jsonb]);
