-- Partitions by list, range, hash and an expression, on two levels, in other schemas, with other columns' order; keys that
-- they alone have: to tables, to partitions of others, to themselves, to one another in a circle, and never proved.
-- Right: all come back in one order of loading, and every mode restores exactly.
-- capture warns: constraint sale_far_buyer_fkey of table sale was never validated
create schema old; create schema "Very Old";
create table buyer (id int primary key, best_sale int);
create table sale (id int not null, buyer int not null, at date not null, up int, note text, primary key (id, at)) partition by range (at);
create table old.sale_1 partition of sale for values from ('2020-01-01') to ('2021-01-01') partition by hash (id);
create table "Very Old"."Sale 1a" partition of old.sale_1 for values with (modulus 2, remainder 0);
create table "Very Old"."Sale 1b" (note text, gone int, up int, id int not null, at date not null, buyer int not null);
alter table "Very Old"."Sale 1b" drop gone;
alter table old.sale_1 attach partition "Very Old"."Sale 1b" for values with (modulus 2, remainder 1);
create table sale_2 partition of sale for values from ('2021-01-01') to ('2022-01-01');
create table sale_far partition of sale default;
alter table "Very Old"."Sale 1b" add unique (id), add foreign key (buyer) references buyer on delete cascade;
alter table sale_2 add unique (id), add foreign key (up) references sale_2 (id), add foreign key (buyer) references buyer;
alter table buyer add foreign key (best_sale) references sale_2 (id) on delete set null deferrable;
create table by_name (name text not null, id int not null, part text) partition by list (lower(left(name, 1)));
create table by_name_a partition of by_name for values in ('a', 'b');
create table by_name_z partition of by_name default;
alter table by_name_a add primary key (name);
create table nick (id int primary key, name text references by_name_a (name) on delete cascade on update cascade);
create table own (id bigint not null, n int) partition by list (n);
create table own_1 (id bigserial, n int); create table own_2 (id bigserial, n int);
alter table own attach partition own_1 for values in (1); alter table own attach partition own_2 for values in (2);
insert into buyer select i, null from generate_series(1, 30) i;
insert into sale select i, 1 + i % 30, date '2020-06-01' + i * 3, null, 'n' || i from generate_series(1, 300) i;
update sale_2 set up = id - 1 where id - 1 in (select id from sale_2);
update buyer set best_sale = 80 + id;
insert into by_name select chr(97 + i % 26) || i, i, 'p' from generate_series(1, 100) i;
insert into nick select row_number() over (), name from by_name_a;
insert into own_1 (n) select 1 from generate_series(1, 10); insert into own_2 (n) select 2 from generate_series(1, 5);
alter table sale_far add foreign key (buyer) references buyer not valid;
-- @edits
delete from nick where id < 4;
update by_name_a set name = 'b-' || name where id > 90;
update by_name set name = 'z' || name where id = 52;
insert into by_name values ('a-mine', 1000, 'q'); insert into nick values (100, 'a-mine');
begin; set constraints all deferred;
update buyer set best_sale = null where id > 20;
update sale_2 set up = null where id in (90, 91, 92, 93);
delete from sale_2 where id in (90, 91, 92);
insert into sale values (9000, 3, '2021-05-05', 95, 'mine'), (9001, 3, '2020-05-05', 95, 'mine');
update buyer set best_sale = 9000 where id = 3;
commit;
delete from own where id in (2, 3);
