-- A CHECK whose function reads another table, which is loaded later.
-- Right: refused by name, as pg_restore does; the advice says that such a function does not belong into a CHECK.
-- restore refuses: violates check constraint "data_val_check"
create schema s1;
create table s1.zz_dict (val text primary key);
insert into s1.zz_dict values ('a'), ('b'), ('c');
create function s1.known(p text) returns boolean stable language plpgsql as $$ begin return exists (select 1 from s1.zz_dict d where d.val = p); end $$;
create table s1.data (id int primary key, val text check (s1.known(val)));
insert into s1.data select i, (array['a','b','c'])[1 + i % 3] from generate_series(1, 30) i;
