-- A view grouped by a key, a view and a function that need each other, INSTEAD OF triggers, rules, materialised views.
-- Right: the same schema and rows; 2,500 rows, so that indexes are rebuilt.
-- sync refuses: table t has a rule, audit
create table t (id int primary key, a text, n int);
insert into t select i, 'a' || i, i % 7 from generate_series(1, 2500) i;
create table log (id int generated always as identity, t int);
create view v1 as select id, a, count(*) over () as c, n from t group by id;
create view v2 with (security_invoker, security_barrier) as select * from t where n > 2 with cascaded check option;
create view vc as select 1 as x;
create function of_vc(vc) returns int stable language sql as 'select $1.x';
create or replace view vc as select 1 as x, (select count(*) from pg_proc where proname = 'of_vc') as y;
create recursive view vr (k) as select 1 union all select k + 1 from vr where k < 10;
create function ins() returns trigger language plpgsql as $$ begin insert into t values (new.id, new.a, 0); return new; end $$;
create trigger io instead of insert on v1 for each row execute function ins();
create rule audit as on insert to t do also insert into log (t) values (new.id);
create materialized view mv as select n, count(*) c from v1 group by n;
create unique index on mv (n);
create materialized view mv2 as select sum(c) s from mv;
comment on column v1.a is 'shown; "quoted"';
