-- Schemas of people's making, and whether a role that asks for none by name means this one: it owns the schema, or
-- may create in it, and no extension brought it.
SELECT n.nspname AS name,
       (n.nspname IN ('public', 'snap') OR pg_catalog.pg_has_role(n.nspowner, 'USAGE'))
       AND NOT EXISTS (SELECT FROM pg_catalog.pg_depend d
                       WHERE d.classid = 'pg_catalog.pg_namespace'::regclass AND d.objid = n.oid AND d.deptype = 'e')
       AS ours
FROM pg_catalog.pg_namespace n
WHERE n.nspname !~ '^pg_' AND n.nspname <> 'information_schema'
ORDER BY 1
