-- JSON nested 3,000 deep, a number of 100,000 digits, a string of 9 MB, 100,000 keys.
-- Right: as any other value.
create table deep (id int primary key, j jsonb, t json);
insert into deep values (1, (repeat('[', 3000) || '1.5' || repeat(']', 3000))::jsonb, (repeat('{"a":', 2000) || '1' || repeat('}', 2000))::json);
insert into deep values (2, ('1' || repeat('0', 100000))::jsonb, '1');
insert into deep values (3, to_jsonb(repeat('é"\', 3000000)), '2');
insert into deep select 4, jsonb_object_agg('k' || i, i * 11), '{}' from generate_series(1, 100000) i;
