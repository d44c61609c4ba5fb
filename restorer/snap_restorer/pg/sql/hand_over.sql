-- Statements that give a role what the bootstrap superuser owns in this database: everything but members of extensions
-- and what only a superuser may own. %(owner)s is the role.
WITH objects (class, object, word) AS (
    SELECT 'pg_catalog.pg_namespace'::regclass, n.oid, 'SCHEMA'
    FROM pg_catalog.pg_namespace n WHERE n.nspowner = 10 AND n.nspname !~ '^pg_'
    UNION ALL  -- ALTER TABLE takes views and sequences too; a column's sequence, an index and a TOAST table follow
    SELECT 'pg_catalog.pg_class'::regclass, c.oid, 'TABLE'
    FROM pg_catalog.pg_class c
    WHERE c.relowner = 10 AND c.relkind IN ('r', 'p', 'v', 'm', 'f', 'S') AND c.relpersistence <> 't'
    AND NOT EXISTS (
        SELECT FROM pg_catalog.pg_depend d
        WHERE c.relkind = 'S' AND d.classid = 'pg_catalog.pg_class'::regclass AND d.objid = c.oid
        AND d.refclassid = 'pg_catalog.pg_class'::regclass AND d.deptype IN ('a', 'i')
    )
    UNION ALL  -- the types of arrays, rows and multiranges follow
    SELECT 'pg_catalog.pg_type'::regclass, t.oid, 'TYPE'
    FROM pg_catalog.pg_type t LEFT JOIN pg_catalog.pg_class c ON c.oid = t.typrelid
    WHERE t.typowner = 10 AND t.typtype <> 'm' AND (c.oid IS NULL OR c.relkind = 'c')
    AND NOT EXISTS (SELECT FROM pg_catalog.pg_type e WHERE e.typarray = t.oid)
    UNION ALL
    SELECT 'pg_catalog.pg_proc'::regclass, oid, 'ROUTINE' FROM pg_catalog.pg_proc WHERE proowner = 10
    UNION ALL
    SELECT 'pg_catalog.pg_operator'::regclass, oid, 'OPERATOR' FROM pg_catalog.pg_operator WHERE oprowner = 10
    UNION ALL
    SELECT 'pg_catalog.pg_opclass'::regclass, oid, 'OPERATOR CLASS' FROM pg_catalog.pg_opclass WHERE opcowner = 10
    UNION ALL
    SELECT 'pg_catalog.pg_opfamily'::regclass, oid, 'OPERATOR FAMILY' FROM pg_catalog.pg_opfamily WHERE opfowner = 10
    UNION ALL
    SELECT 'pg_catalog.pg_collation'::regclass, oid, 'COLLATION' FROM pg_catalog.pg_collation WHERE collowner = 10
    UNION ALL
    SELECT 'pg_catalog.pg_conversion'::regclass, oid, 'CONVERSION' FROM pg_catalog.pg_conversion WHERE conowner = 10
    UNION ALL
    SELECT 'pg_catalog.pg_ts_dict'::regclass, oid, 'TEXT SEARCH DICTIONARY'
    FROM pg_catalog.pg_ts_dict WHERE dictowner = 10
    UNION ALL
    SELECT 'pg_catalog.pg_ts_config'::regclass, oid, 'TEXT SEARCH CONFIGURATION'
    FROM pg_catalog.pg_ts_config WHERE cfgowner = 10
    UNION ALL
    SELECT 'pg_catalog.pg_statistic_ext'::regclass, oid, 'STATISTICS'
    FROM pg_catalog.pg_statistic_ext WHERE stxowner = 10
    UNION ALL
    SELECT 'pg_catalog.pg_foreign_server'::regclass, oid, 'SERVER' FROM pg_catalog.pg_foreign_server WHERE srvowner = 10
    UNION ALL  -- those of all tables, or of whole schemas, are a superuser's
    SELECT 'pg_catalog.pg_publication'::regclass, p.oid, 'PUBLICATION'
    FROM pg_catalog.pg_publication p WHERE p.pubowner = 10 AND NOT p.puballtables
    AND NOT EXISTS (SELECT FROM pg_catalog.pg_publication_namespace n WHERE n.pnpubid = p.oid)
    UNION ALL
    SELECT 'pg_catalog.pg_largeobject'::regclass, oid, 'LARGE OBJECT'
    FROM pg_catalog.pg_largeobject_metadata WHERE lomowner = 10
)
SELECT pg_catalog.format('ALTER %%s %%s OWNER TO %%I', o.word, i.identity, %(owner)s::text)
FROM objects o, pg_catalog.pg_identify_object(o.class, o.object, 0) i
WHERE o.object >= 16384  -- the first that initdb did not give
AND NOT EXISTS (
    SELECT FROM pg_catalog.pg_depend d
    WHERE d.classid = o.class AND d.objid = o.object AND d.deptype = 'e'
)
ORDER BY o.word, o.object
