-- Whether storage.objects is a table that this role may read, with sizes in a column of JSON.
SELECT EXISTS (
    SELECT FROM pg_catalog.pg_class c
    JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
    JOIN pg_catalog.pg_attribute a ON a.attrelid = c.oid
    WHERE n.nspname = 'storage' AND c.relname = 'objects' AND c.relkind IN ('r', 'p')
      AND a.attname = 'metadata' AND a.atttypid = 'pg_catalog.jsonb'::regtype AND NOT a.attisdropped
      AND pg_catalog.has_schema_privilege(n.oid, 'USAGE') AND pg_catalog.has_table_privilege(c.oid, 'SELECT')
      AND NOT pg_catalog.row_security_active(c.oid)
)
