-- Foreign keys; those of partitions follow their parent's. `proved`: every row was checked. `period` and `enforced`
-- are Postgres 18's, so they are looked up by name.
SELECT k.oid::bigint AS oid,
       k.conname::text AS name,
       k.conrelid::bigint AS relation,
       k.confrelid::bigint AS "references",
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
       k.convalidated
           AND COALESCE((pg_catalog.to_jsonb(k) ->> 'conenforced')::boolean, true)
           AND NOT COALESCE((pg_catalog.to_jsonb(k) ->> 'conperiod')::boolean, false) AS proved
FROM pg_catalog.pg_constraint k
JOIN pg_catalog.pg_class c ON c.oid = k.conrelid
JOIN pg_catalog.pg_class r ON r.oid = k.confrelid
JOIN pg_catalog.pg_namespace rn ON rn.oid = r.relnamespace
WHERE k.contype = 'f' AND k.conparentid = 0 AND NOT c.relispartition
ORDER BY k.conrelid, k.conname::text COLLATE "C"
