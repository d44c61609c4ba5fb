-- Triggers that raise for some rows, skip some, write to other tables of the snapshot, or run at commit.
-- Right: a restore loads all rows; sync brings back exactly what was there.
create table a (id int primary key, t text); create table log (id int generated always as identity primary key, a int, unique (a));
create table cnt (k text primary key, n int not null);
insert into a select i, 't' || i from generate_series(1, 50) i; insert into log (a) select i from generate_series(1, 50) i; insert into cnt values ('a', 50);
create function f() returns trigger language plpgsql as $$ begin if new.id % 10 = 3 then raise exception 'no % here', new.id using errcode = 'P0001'; elsif new.id % 10 = 4 then return null; end if; return new; end $$;
create trigger f before insert on a for each row execute function f();
create function g() returns trigger language plpgsql as $$ begin insert into log (a) values (new.id) on conflict do nothing; update cnt set n = n + 1 where k = 'a'; return null; end $$;
create trigger g after insert on a for each row execute function g();
create function h() returns trigger language plpgsql as $$ begin if (select count(*) from log where a = new.id) = 0 then raise exception 'no log for %', new.id; end if; return null; end $$;
create constraint trigger h after insert on a deferrable initially deferred for each row execute function h();
-- @edits
begin; delete from a where id <= 20; delete from log where a <= 15; update cnt set n = 30; commit;
