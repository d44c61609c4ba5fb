-- Some tables by their names: what of them this role may read. `whole`: with what lies below it.
SELECT n.nspname AS schema,
       c.relname AS name,
       c.oid::bigint AS oid,
       c.relkind <> 'r' AS whole,
       c.relforcerowsecurity AS forced,
       c.relrowsecurity AND pg_catalog.row_security_active(c.oid) AS restricted,
       pg_catalog.pg_has_role(c.relowner, 'USAGE') AS owned,
       pg_catalog.has_schema_privilege(n.oid, 'USAGE') AND pg_catalog.has_table_privilege(c.oid, 'SELECT') AS readable
FROM unnest(%(schemas)s::text[], %(names)s::text[]) AS wanted (schema, name)
JOIN pg_catalog.pg_namespace n ON n.nspname = wanted.schema
JOIN pg_catalog.pg_class c ON c.relnamespace = n.oid AND c.relname = wanted.name
WHERE c.relkind IN ('r', 'p')
