-- The schemas that hold one of the extensions `names`, given with its schema in `schemas`, and only members of extensions.
SELECT DISTINCT n.nspname::pg_catalog.text
FROM ROWS FROM (pg_catalog.unnest(%(names)s::pg_catalog.text[]), pg_catalog.unnest(%(schemas)s::pg_catalog.text[]))
    AS w (name, schema)
JOIN pg_catalog.pg_namespace n ON n.nspname OPERATOR(pg_catalog.=) w.schema::pg_catalog.name
JOIN pg_catalog.pg_extension e ON e.extname OPERATOR(pg_catalog.=) w.name::pg_catalog.name
    AND e.extnamespace OPERATOR(pg_catalog.=) n.oid
WHERE NOT EXISTS (
    SELECT FROM pg_catalog.pg_depend d
    WHERE d.refclassid OPERATOR(pg_catalog.=) 'pg_catalog.pg_namespace'::pg_catalog.regclass
    AND d.refobjid OPERATOR(pg_catalog.=) n.oid
    AND d.classid OPERATOR(pg_catalog.<>) 'pg_catalog.pg_extension'::pg_catalog.regclass
    AND NOT EXISTS (
        SELECT FROM pg_catalog.pg_depend m
        WHERE m.classid OPERATOR(pg_catalog.=) d.classid AND m.objid OPERATOR(pg_catalog.=) d.objid
        AND m.deptype OPERATOR(pg_catalog.=) 'e'
    )
)
