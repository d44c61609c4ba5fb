-- The migrations' history, as Supabase's CLI keeps it: what there is of it, and what this role may do with it.
SELECT n.oid IS NOT NULL AS schema, c.oid IS NOT NULL AS present,
       EXISTS (SELECT FROM pg_catalog.pg_attribute a
               WHERE a.attrelid = c.oid AND a.attname = 'statements' AND NOT a.attisdropped)
       AND EXISTS (SELECT FROM pg_catalog.pg_attribute a
                   WHERE a.attrelid = c.oid AND a.attname = 'name' AND NOT a.attisdropped) AS complete,
       c.oid IS NOT NULL AND pg_catalog.has_schema_privilege(n.oid, 'USAGE')
       AND pg_catalog.has_table_privilege(c.oid, 'SELECT') AS readable,
       c.oid IS NOT NULL AND pg_catalog.pg_has_role(c.relowner, 'USAGE')
       AND pg_catalog.has_schema_privilege(n.oid, 'USAGE') AS ours
FROM (VALUES (1)) AS one
LEFT JOIN pg_catalog.pg_namespace n ON n.nspname = 'supabase_migrations'
LEFT JOIN pg_catalog.pg_class c ON c.relnamespace = n.oid AND c.relname = 'schema_migrations'
