SELECT ARRAY[n.nspname, c.relname] AS name,
       c.oid,
       c.relkind AS kind,
       c.relforcerowsecurity AS forced,
       c.relrowsecurity AND pg_catalog.row_security_active(c.oid) AS restricted,
       pg_catalog.pg_has_role(c.relowner, 'USAGE') AS owned,
       NOT EXISTS (
           SELECT FROM pg_catalog.pg_roles r WHERE r.oid = c.relowner AND (r.rolsuper OR r.rolname = SESSION_USER)
       ) AS other_owner,
       CASE WHEN c.relkind = 'p' THEN (
           SELECT pg_catalog.string_agg(p.relid::regclass::text, ', ' ORDER BY p.relid::regclass::text)
           FROM pg_catalog.pg_partition_tree(c.oid) p
           JOIN pg_catalog.pg_class l ON l.oid = p.relid AND l.relkind = 'f') END AS foreign_partitions,
       pg_catalog.has_schema_privilege(n.oid, 'USAGE') AND pg_catalog.has_table_privilege(c.oid, 'SELECT') AS readable,
       pg_catalog.has_table_privilege(c.oid, 'INSERT')
           AND pg_catalog.has_table_privilege(c.oid, 'SELECT')
           AND pg_catalog.has_table_privilege(c.oid, 'TRUNCATE') AS writable,
       pg_catalog.has_table_privilege(c.oid, 'INSERT')
           AND pg_catalog.has_table_privilege(c.oid, 'SELECT') AS insertable,
       pg_catalog.has_table_privilege(c.oid, 'UPDATE')
           AND pg_catalog.has_table_privilege(c.oid, 'DELETE') AS changeable
FROM ROWS FROM (pg_catalog.unnest(%(schemas)s::text[]), pg_catalog.unnest(%(names)s::text[])) AS wanted (schema, name)
JOIN pg_catalog.pg_namespace n ON n.nspname = wanted.schema
JOIN pg_catalog.pg_class c ON c.relnamespace = n.oid AND c.relname = wanted.name
WHERE c.relkind IN ('r', 'p', 'v', 'm', 'f')
