-- Partial indexes, and about how many rows each has, if anybody has counted. `dated`: its columns or predicate name dates.
SELECT i.indrelid AS relation,
       c.relname::text AS name,
       pg_catalog.pg_get_expr(i.indpred, i.indrelid) AS predicate,
       c.reltuples::text AS rows,
       pg_catalog.pg_get_expr(i.indpred, i.indrelid) LIKE '%%.*%%' OR EXISTS (  -- a whole row depends on no column
           SELECT
           FROM pg_catalog.pg_depend d
           JOIN pg_catalog.pg_attribute a ON a.attrelid = d.refobjid AND a.attnum = d.refobjsubid
           JOIN pg_catalog.pg_type t ON t.oid = a.atttypid
           WHERE d.classid = 'pg_catalog.pg_class'::regclass AND d.objid = i.indexrelid
             AND d.refclassid = 'pg_catalog.pg_class'::regclass AND d.refobjid = i.indrelid
             AND (t.typtype = 'd'
                  OR t.typname ~ '^_?(date|timestamp|timestamptz|(date|ts|tstz)(multi)?range)$')) AS dated
FROM pg_catalog.pg_index i
JOIN pg_catalog.pg_class c ON c.oid = i.indexrelid
WHERE i.indrelid = ANY (%(oids)s::oid[]) AND i.indpred IS NOT NULL
ORDER BY i.indrelid, c.relname
