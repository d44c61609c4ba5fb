-- Partial, expression, NULLS NOT DISTINCT, INCLUDE and case-insensitive unique indexes, an exclusion constraint; edits make missing rows collide with each, and exchange values.
-- Right: sync brings back exactly what was there.
create table u (id int primary key, email text, slug text, deleted boolean default false, nn int, inc int, r int4range, tenant int not null);
create unique index u_email on u (lower(email));
create unique index u_slug on u (tenant, slug) where not deleted;
create unique index u_nn on u (nn) nulls not distinct;
create unique index u_inc on u (inc) include (email);
alter table u add exclude using gist (r with &&);
insert into u select i, 'u' || i || '@x', 's' || i, false, case when i > 1 then i end, i, int4range(i * 10, i * 10 + 5), i % 3 from generate_series(1, 60) i;
-- @edits
begin;
delete from u where id in (5, 6, 7, 8, 9, 10, 11, 12);
update u set email = 'U5@X' where id = 20;
update u set slug = 's6', tenant = 0 where id = 21;
update u set slug = 's7', tenant = 1, deleted = true where id = 22;
update u set inc = 8 where id = 23;
update u set r = '[90,95)' where id = 24;
update u set nn = 10 where id = 25;
delete from u where id = 1;
update u set nn = null where id = 26;
update u set email = 'tmp' where id = 30; update u set email = 'u30@x' where id = 31; update u set email = 'u31@x' where id = 30;
update u set r = 'empty' where id = 40; update u set r = '[400,405)' where id = 41; update u set r = '[410,415)' where id = 40;
update u set inc = -1 where id = 50; update u set inc = 50 where id = 51; update u set inc = 51 where id = 50;
commit;
