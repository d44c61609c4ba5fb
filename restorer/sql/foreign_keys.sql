-- Foreign keys from or to the tables; those of partitions follow their parent's.
SELECT k.conname AS name,
       k.conrelid::bigint AS relation,
       k.confrelid::bigint AS references_relation,
       n.nspname AS schema,
       c.relname AS "table",
       rn.nspname AS references_schema,
       rc.relname AS references_table,
       k.condeferrable AS deferrable,
       pg_catalog.pg_get_constraintdef(k.oid) AS definition,
       pg_catalog.obj_description(k.oid, 'pg_constraint') AS comment
FROM pg_catalog.pg_constraint k
JOIN pg_catalog.pg_class c ON c.oid = k.conrelid
JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
JOIN pg_catalog.pg_class rc ON rc.oid = k.confrelid
JOIN pg_catalog.pg_namespace rn ON rn.oid = rc.relnamespace
WHERE k.contype = 'f'
  AND k.conparentid = 0
  AND (k.conrelid = ANY (%(oids)s::oid[]) OR k.confrelid = ANY (%(oids)s::oid[]))
ORDER BY 4, 5, 1
