-- Foreign keys, those of partitions alone too: `relation` and `references` are the tables that these belong to.
-- `proved`: every row of the table was checked. conperiod and conenforced are Postgres 18's, so they are looked up by name.
SELECT k.oid::bigint AS oid,
       k.conname::text AS name,
       c.oid::bigint AS relation,
       r.oid::bigint AS "references",
       rn.nspname::text AS references_schema,
       r.relname::text AS references_name,
       ARRAY(SELECT a.attname::text
             FROM pg_catalog.unnest(k.conkey) WITH ORDINALITY AS u (number, place)
             JOIN pg_catalog.pg_attribute a ON a.attrelid = k.conrelid AND a.attnum = u.number
             ORDER BY u.place) AS columns,
       ARRAY(SELECT a.attname::text
             FROM pg_catalog.unnest(k.confkey) WITH ORDINALITY AS u (number, place)
             JOIN pg_catalog.pg_attribute a ON a.attrelid = k.confrelid AND a.attnum = u.number
             ORDER BY u.place) AS "to",
       k.convalidated AND c.oid = k.conrelid
           AND COALESCE((pg_catalog.to_jsonb(k) ->> 'conenforced')::boolean, true)
           AND NOT COALESCE((pg_catalog.to_jsonb(k) ->> 'conperiod')::boolean, false) AS proved
FROM pg_catalog.pg_constraint k
JOIN pg_catalog.pg_class c ON c.oid = COALESCE(pg_catalog.pg_partition_root(k.conrelid)::oid, k.conrelid)
JOIN pg_catalog.pg_class r ON r.oid = COALESCE(pg_catalog.pg_partition_root(k.confrelid)::oid, k.confrelid)
JOIN pg_catalog.pg_namespace rn ON rn.oid = r.relnamespace
WHERE k.contype = 'f' AND k.conparentid = 0
ORDER BY c.oid, k.conname::text COLLATE "C"
