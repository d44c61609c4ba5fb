-- Two rows alike under an index that says it is unique.
-- Right: the capture refuses, and names table, key and value.
-- capture refuses: unique_keys is 1, limit 0 (at=t.email, row=a)
create table t (id int primary key, email text); insert into t values (1, 'a'), (2, 'a'), (3, 'b'); create index t_email on t (email); update pg_index set indisunique = true where indexrelid = 't_email'::regclass;
