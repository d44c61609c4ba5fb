-- The schemas to reset that are there: whether this role has their owner's rights, which extensions have something in
-- them, and which publications publish all their tables.
SELECT n.nspname AS name, pg_catalog.pg_has_role(n.nspowner, 'USAGE') AS ours,
       ARRAY(SELECT e.extname FROM pg_catalog.pg_extension e
             WHERE e.extnamespace = n.oid
                OR EXISTS (SELECT FROM pg_catalog.pg_depend m
                           JOIN pg_catalog.pg_depend d ON d.classid = m.classid AND d.objid = m.objid
                           WHERE m.refclassid = 'pg_catalog.pg_extension'::regclass AND m.refobjid = e.oid
                             AND m.deptype = 'e' AND d.refclassid = 'pg_catalog.pg_namespace'::regclass
                             AND d.refobjid = n.oid)
                OR EXISTS (SELECT FROM pg_catalog.pg_depend m
                           WHERE m.classid = 'pg_catalog.pg_namespace'::regclass AND m.objid = n.oid
                             AND m.refclassid = 'pg_catalog.pg_extension'::regclass AND m.refobjid = e.oid)
             ORDER BY 1)::text[] AS extensions,
       ARRAY(SELECT p.pubname FROM pg_catalog.pg_publication_namespace s
             JOIN pg_catalog.pg_publication p ON p.oid = s.pnpubid
             WHERE s.pnnspid = n.oid ORDER BY 1)::text[] AS publications
FROM pg_catalog.pg_namespace n
WHERE n.nspname = ANY (%(schemas)s::text[])
ORDER BY 1
