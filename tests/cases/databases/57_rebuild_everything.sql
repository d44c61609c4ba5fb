-- Every kind of index, key and mark that a rebuild must bring back, over 2,500 rows.
-- Right: the same schema after the first and the second restore.
create schema "We.ird"; create type "We.ird".st as enum ('new', 'old');
create function "We.ird".norm(text) returns text immutable language sql as 'select lower($1)';
create table par (id int, code text not null, grp int not null, r int4range, primary key (id) include (code) with (fillfactor = 70), constraint "par.""code""" unique (code) deferrable initially deferred);
create unique index par_two on par (grp desc nulls last, id) include (code) with (deduplicate_items = off);
create unique index "éééééééééééééééééééééééééééééé" on par ("We.ird".norm(code));
comment on index "éééééééééééééééééééééééééééééé" is 'thirty é''s'; comment on constraint "par.""code""" on par is 'late';
alter table par add constraint no_overlap exclude using gist (r with &&) where (grp > 5);
create table "We.ird"."Ch.ild" (id bigint generated always as identity (start 10 increment 3) primary key, p int references par (id) on update cascade on delete set null, g int, pid int, s "We.ird".st, t text collate "C", n numeric, j jsonb, arr int[], tsv tsvector generated always as (to_tsvector('simple', coalesce(t, ''))) stored, foreign key (g, pid) references par (grp, id) match full deferrable, self bigint references "We.ird"."Ch.ild" (id));
comment on constraint "Ch.ild_p_fkey" on "We.ird"."Ch.ild" is 'a "comment"; with ''quotes''';
create index on "We.ird"."Ch.ild" (s, (n * 2)) where s = 'new'; create index on "We.ird"."Ch.ild" using gin (j jsonb_path_ops) with (fastupdate = off); create index on "We.ird"."Ch.ild" using gin (arr, tsv); create index on "We.ird"."Ch.ild" using brin (n) with (pages_per_range = 16); create index on "We.ird"."Ch.ild" using hash (t); create index on "We.ird"."Ch.ild" using spgist (t text_ops); create unique index on "We.ird"."Ch.ild" (n) nulls not distinct where t <> 'x'; create index stat_ix on "We.ird"."Ch.ild" ((n + 1), (t || 'x'));
alter index "We.ird".stat_ix alter column 2 set statistics 500; alter table "We.ird"."Ch.ild" alter t set statistics 33; alter table "We.ird"."Ch.ild" alter t set (n_distinct = -0.5); alter table "We.ird"."Ch.ild" alter j set storage external; alter table "We.ird"."Ch.ild" cluster on "Ch.ild_pkey"; alter table "We.ird"."Ch.ild" replica identity full; alter table par replica identity using index par_two; alter table par set (autovacuum_enabled = off, toast.autovacuum_vacuum_threshold = 77);
create statistics "We.ird"."st.at" (ndistinct, mcv) on s, t from "We.ird"."Ch.ild"; alter statistics "We.ird"."st.at" set statistics 99;
create function tr() returns trigger language plpgsql as $$ begin new.t := upper(new.t); return new; end $$;
create trigger a_on before update on "We.ird"."Ch.ild" for each row execute function tr(); create trigger b_off before update on "We.ird"."Ch.ild" for each row execute function tr(); create trigger c_always before update of t on "We.ird"."Ch.ild" for each row when (new.t is distinct from old.t) execute function tr(); create trigger d_replica before update on "We.ird"."Ch.ild" for each row execute function tr();
alter table "We.ird"."Ch.ild" disable trigger b_off; alter table "We.ird"."Ch.ild" enable always trigger c_always; alter table "We.ird"."Ch.ild" enable replica trigger d_replica;
create function nul() returns trigger language plpgsql as $$ begin return null; end $$;
create constraint trigger late after insert or update on par deferrable initially deferred for each row execute function nul();
create view grouped as select p.id, p.code, count(c.id) from par p left join "We.ird"."Ch.ild" c on c.p = p.id group by p.id;
create view upserts as select 1 as one;
insert into par select i, 'C' || i, i % 50, int4range(i * 2, i * 2 + 1) from generate_series(1, 2500) i;
insert into "We.ird"."Ch.ild" (p, g, pid, s, t, n, j, arr) select i, i % 50, i, case when i % 2 = 0 then 'new' else 'old' end::"We.ird".st, 'text ' || i, i, jsonb_build_object('i', i), array[i, 1] from generate_series(1, 2500) i;
update "We.ird"."Ch.ild" set self = id - 3 where id > 20;
alter table "We.ird"."Ch.ild" add constraint pos check (n > 0) not valid; alter table "We.ird"."Ch.ild" validate constraint pos;
