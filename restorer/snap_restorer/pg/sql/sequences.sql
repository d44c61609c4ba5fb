-- Sequences that fill columns: those of identity and serial columns (owned), and those that a default names.
SELECT DISTINCT a.attrelid AS relation,
       a.attname AS "column",
       ARRAY[n.nspname, s.relname] AS name,
       pg_catalog.pg_has_role(s.relowner, 'USAGE') AS ours,
       q.seqincrement AS increment,
       q.seqmin AS least,
       q.seqmax AS greatest,
       EXISTS (SELECT FROM pg_catalog.pg_depend o
               WHERE o.classid = 'pg_catalog.pg_class'::regclass AND o.objid = s.oid
                 AND o.refobjid = a.attrelid AND o.refobjsubid = a.attnum AND o.deptype IN ('a', 'i')) AS owned
FROM pg_catalog.pg_attribute a
JOIN pg_catalog.pg_class s ON s.relkind = 'S'
JOIN pg_catalog.pg_namespace n ON n.oid = s.relnamespace
JOIN pg_catalog.pg_sequence q ON q.seqrelid = s.oid
JOIN pg_catalog.pg_depend d ON (
        d.classid = 'pg_catalog.pg_class'::regclass AND d.objid = s.oid
        AND d.refclassid = 'pg_catalog.pg_class'::regclass
        AND d.refobjid = a.attrelid AND d.refobjsubid = a.attnum AND d.deptype IN ('a', 'i')
    ) OR (
        d.classid = 'pg_catalog.pg_attrdef'::regclass
        AND d.objid = (SELECT f.oid FROM pg_catalog.pg_attrdef f WHERE f.adrelid = a.attrelid AND f.adnum = a.attnum)
        AND d.refclassid = 'pg_catalog.pg_class'::regclass AND d.refobjid = s.oid
    )
WHERE a.attrelid = ANY (%(oids)s::oid[]) AND a.attnum > 0 AND NOT a.attisdropped
ORDER BY 3
