-- 140,000 rows keyed by text under an ICU collation, in more than one file.
-- Right: diff and sync are exact.
-- needs: ICU
create table t (k text collate "en-x-icu" primary key, v int);
insert into t select case when i % 3 = 0 then upper(md5(i::text)) when i % 3 = 1 then 'é' || md5(i::text) else md5(i::text) end, i from generate_series(1, 140000) i;
-- @edits
delete from t where v % 10007 = 0; update t set v = -v where v % 9973 = 0; insert into t values ('ÉA', 1), ('zz', 2), ('AA', 3);
