-- One partition has triggers (one stamps a column, others refuse a delete and a truncate) and FORCE ROW LEVEL SECURITY.
-- Right: all are held off while rows are restored, and back after.
create table ev (id int not null, at int not null, t text, stamped timestamptz, primary key (id, at)) partition by list (at);
create table ev_1 partition of ev for values in (1);
create table ev_2 partition of ev for values in (2);
create function stamp() returns trigger language plpgsql as $$ begin new.stamped := now(); new.t := new.t || '!'; return new; end $$;
create function keep() returns trigger language plpgsql as $$ begin raise exception 'rows of % stay', tg_table_name; end $$;
insert into ev select i, 1 + i % 2, 't' || i, '2020-01-01' from generate_series(1, 60) i;
create trigger stamp before insert or update on ev_1 for each row execute function stamp();
create trigger keep before delete on ev_2 for each row when (old.id < 0) execute function keep();
create trigger keeptr before truncate on ev_2 for each statement execute function keep();
alter table ev_1 enable row level security; alter table ev_1 force row level security;
alter table ev_2 alter t set default 'leaf default';
