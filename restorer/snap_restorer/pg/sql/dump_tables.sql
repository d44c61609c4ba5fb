-- Tables with rows of their own in some schemas, but for members of extensions, the nightly's own, and the database's mark.
SELECT n.nspname, c.relname, c.relforcerowsecurity
FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
WHERE n.nspname = ANY (%(schemas)s::text[]) AND c.relkind = 'r' AND NOT (n.nspname = 'snap' AND c.relname IN ('night', 'allowed'))
  AND NOT EXISTS (SELECT FROM pg_catalog.pg_depend d
                  WHERE d.classid = 'pg_catalog.pg_class'::regclass AND d.objid = c.oid AND d.deptype = 'e')
ORDER BY 1, 2
