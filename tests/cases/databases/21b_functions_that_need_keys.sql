-- Functions with parsed bodies and views that need a key, views and functions over these, a materialised view on top,
-- with marks, policies, rules and triggers of every kind; 2,500 rows.
-- Right: the same schema and rows.
create table t (id int, a text, n int, primary key (id));
insert into t select i, 'a' || i, i % 7 from generate_series(1, 2500) i;
create table log (id int primary key, a text);
create function one(int) returns text language sql begin atomic select a from t where id = $1 group by id; end;
create function put(int) returns void language sql begin atomic insert into log (id) values ($1) on conflict (id) do nothing; end;
create view grouped as select id, a from t group by id;
create function of_view(grouped) returns text language sql stable return ($1).a;
create view over_function as select one(id) as o, of_view(g) as p from grouped g where id < 5;
create materialized view filled as select n, count(*) as c, max(a) as a from grouped join t using (id, a) group by n;
create unique index filled_n on filled (n);
alter materialized view filled cluster on filled_n;
comment on materialized view filled is 'of '' grouped';
comment on index filled_n is 'x';
comment on function one(int) is 'needs the key';
create rule to_log as on delete to t where old.n > 100 do also insert into log (id) values (old.id);
alter table t disable rule to_log;
comment on rule to_log on t is 'off';
create function act() returns trigger language plpgsql as $$ begin return new; end $$;
create trigger act instead of insert on grouped for each row execute function act();
comment on trigger act on grouped is 'y';
create statistics stat on a, n from t;
comment on statistics stat is 'z';
alter table t enable row level security;
create policy readers on t using (exists (select from grouped g where g.id = t.id));
comment on policy readers on t is 'p';
