-- Columns of tables whose type is one of the domains that the parameter names.
SELECT n.nspname::text, c.relname::text, a.attname::text, t.typname::text
FROM pg_catalog.pg_attribute a
JOIN pg_catalog.pg_class c ON c.oid OPERATOR(pg_catalog.=) a.attrelid
JOIN pg_catalog.pg_namespace n ON n.oid OPERATOR(pg_catalog.=) c.relnamespace
JOIN pg_catalog.pg_type t ON t.oid OPERATOR(pg_catalog.=) a.atttypid
WHERE t.typtype OPERATOR(pg_catalog.=) 'd' AND t.typname::text OPERATOR(pg_catalog.=) ANY (%s)
    AND c.relkind OPERATOR(pg_catalog.=) ANY (ARRAY['r', 'p']::"char"[])
    AND NOT a.attisdropped
ORDER BY 1, 2, a.attnum
