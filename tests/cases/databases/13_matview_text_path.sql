-- A materialised view over a function that finds its table by search_path.
-- Right: filled by the restore.
-- versions: 15-16
create table docs (id int primary key, body text);
insert into docs values (1, 'one two'), (2, 'two three');
create materialized view words as select word, ndoc from ts_stat('select to_tsvector(''simple'', body) from docs');
