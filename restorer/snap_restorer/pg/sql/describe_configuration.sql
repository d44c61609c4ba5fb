-- Tables of extensions that users fill, as the extensions say: pg_dump dumps their rows that meet the condition.
SELECT e.extname::text AS extension, n.nspname::text AS schema, c.relname::text AS name, f.condition
FROM pg_catalog.pg_extension e
CROSS JOIN LATERAL ROWS FROM (pg_catalog.unnest(e.extconfig), pg_catalog.unnest(e.extcondition)) AS f (oid, condition)
JOIN pg_catalog.pg_class c ON c.oid = f.oid AND c.relkind IN ('r', 'p')
JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
WHERE pg_catalog.has_schema_privilege(n.oid, 'USAGE') AND pg_catalog.has_table_privilege(c.oid, 'SELECT')
ORDER BY 1, 2, 3
