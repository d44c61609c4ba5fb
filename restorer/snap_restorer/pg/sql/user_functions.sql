-- The names of functions that expressions can call and that neither Postgres, nor an extension, nor a superuser defined.
SELECT DISTINCT p.proname::pg_catalog.text
FROM pg_catalog.pg_proc p
JOIN pg_catalog.pg_roles r ON r.oid OPERATOR(pg_catalog.=) p.proowner AND NOT r.rolsuper
WHERE p.prorettype OPERATOR(pg_catalog.<>) 'pg_catalog.trigger'::pg_catalog.regtype
  AND p.prokind OPERATOR(pg_catalog.<>) 'p'
  AND NOT EXISTS (SELECT FROM pg_catalog.pg_depend d
                  WHERE d.classid OPERATOR(pg_catalog.=) 'pg_catalog.pg_proc'::pg_catalog.regclass
                    AND d.objid OPERATOR(pg_catalog.=) p.oid
                    AND d.deptype OPERATOR(pg_catalog.=) 'e')
