-- A CHECK whose function finds its table by the search path of the session that wrote the rows.
-- Right: refused with the name of the function.
-- restore refuses: relation "dict" does not exist (PL/pgSQL function s1.known(text)
create schema s1;
set search_path = s1;
create table dict (val text primary key);
insert into dict values ('a'), ('b'), ('c');
create function known(p text) returns boolean stable language plpgsql as $$ begin return exists (select 1 from dict d where d.val = p); end $$;
create table zdata (id int primary key, val text check (known(val)));
insert into zdata select i, (array['a','b','c'])[1 + i % 3] from generate_series(1, 30) i;
