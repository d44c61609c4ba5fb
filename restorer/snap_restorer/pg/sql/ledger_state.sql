SELECT a.attnum IS NOT NULL AS complete,
       COALESCE(pg_catalog.has_schema_privilege(n.oid, 'USAGE')
           AND pg_catalog.has_table_privilege(t.oid, 'SELECT'), false) AS readable,
       CASE WHEN t.oid IS NOT NULL THEN pg_catalog.has_schema_privilege(n.oid, 'USAGE')
                AND pg_catalog.has_table_privilege(t.oid, 'INSERT')
            WHEN n.oid IS NOT NULL THEN pg_catalog.has_schema_privilege(n.oid, 'USAGE, CREATE')
                AND pg_catalog.has_schema_privilege(n.oid, 'CREATE')
            ELSE pg_catalog.has_database_privilege(pg_catalog.current_database(), 'CREATE')
       END AS writable
FROM (VALUES ('snap')) AS wanted (name)
LEFT JOIN pg_catalog.pg_namespace n ON n.nspname = wanted.name
LEFT JOIN pg_catalog.pg_class t ON t.relnamespace = n.oid AND t.relname = 'ledger'
LEFT JOIN pg_catalog.pg_attribute a ON a.attrelid = t.oid AND a.attname = 'unfinished' AND NOT a.attisdropped
