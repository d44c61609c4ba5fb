-- A generated column, a CHECK and an index over a function that finds an extension's type by the source's search path.
-- Right: refused with the name of the function; nothing is half done.
-- needs: the extension citext
-- capture warns: not captured: setting of the database, 1 (search_path)
-- restore refuses: type "citext" does not exist (PL/pgSQL function clean(text)
create schema extensions;
create extension citext schema extensions;
do $$ begin execute format('alter database %I set search_path = public, extensions', current_database()); end $$;
set search_path = public, extensions;
create function public.clean(t text) returns text immutable language plpgsql as $$ begin return lower(t::citext::text); end $$;
create table people (id int primary key, name text, c text generated always as (public.clean(name)) stored, check (public.clean(name) <> 'x'));
create index on people (public.clean(name));
insert into people (id, name) select i, 'Zoé ' || i from generate_series(1, 20) i;
