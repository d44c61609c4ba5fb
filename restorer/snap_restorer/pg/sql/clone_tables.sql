-- Tables whose rows are a person's or a snapshot's: none of an extension, of a session, or of snap itself.
SELECT n.nspname AS schema, c.relname AS name, c.relkind = 'p' AS partitioned, c.relforcerowsecurity AS forced
FROM pg_catalog.pg_class c
JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
WHERE c.relkind IN ('r', 'p') AND NOT c.relispartition AND c.oid >= 16384 AND c.relpersistence <> 't'
  AND NOT (n.nspname = 'snap' AND c.relname = ANY (%(kept)s::text[]))
  AND NOT EXISTS (SELECT FROM pg_catalog.pg_depend d
                  WHERE d.classid = 'pg_catalog.pg_class'::regclass AND d.objid = c.oid AND d.deptype = 'e')
ORDER BY 1, 2
