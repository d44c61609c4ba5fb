-- Of tables by name: estimated rows, NULL where nobody has analysed it, and what this role may see of its statistics.
SELECT n.nspname::text AS schema,
       c.relname::text AS name,
       c.relkind = 'p' AS partitioned,
       CASE WHEN c.reltuples >= 0 THEN c.reltuples::bigint
            WHEN c.relkind = 'p' THEN (
                SELECT pg_catalog.sum(l.reltuples)::bigint
                FROM pg_catalog.pg_partition_tree(c.oid) t
                JOIN pg_catalog.pg_class l ON l.oid = t.relid
                WHERE t.isleaf
                HAVING pg_catalog.bool_and(l.reltuples >= 0)) END AS rows,
       EXISTS (
           SELECT FROM pg_catalog.pg_partition_tree(c.oid) t
           JOIN pg_catalog.pg_class l ON l.oid = t.relid
           WHERE l.relkind = 'f') AS elsewhere,
       pg_catalog.row_security_active(c.oid) AS restricted,
       ARRAY(
           SELECT a.attname::text
           FROM pg_catalog.pg_attribute a
           WHERE a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
             AND pg_catalog.has_column_privilege(c.oid, a.attnum, 'SELECT')
       ) AS readable
FROM pg_catalog.pg_class c
JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
WHERE c.relkind IN ('r', 'p') AND NOT c.relispartition AND pg_catalog.has_schema_privilege(n.oid, 'USAGE')
  AND (n.nspname::text, c.relname::text) IN (
      SELECT w.schema, w.name FROM ROWS FROM (
          pg_catalog.unnest(%(schemas)s::text[]), pg_catalog.unnest(%(names)s::text[])) AS w (schema, name))
