-- Statements that give the role %(owner)s what %(holder)s, an OID, owns in this database: everything but members of
-- extensions, what only a superuser may own, and what is in the schemas %(keep)s.
WITH objects (class, object, word) AS (
    SELECT 'pg_catalog.pg_namespace'::regclass, n.oid, 'SCHEMA'
    FROM pg_catalog.pg_namespace n WHERE n.nspowner = %(holder)s AND n.nspname !~ '^pg_'
    UNION ALL  -- ALTER TABLE takes views and sequences too; a column's sequence, an index and a TOAST table follow
    SELECT 'pg_catalog.pg_class'::regclass, c.oid, 'TABLE'
    FROM pg_catalog.pg_class c
    WHERE c.relowner = %(holder)s AND c.relkind IN ('r', 'p', 'v', 'm', 'f', 'S') AND c.relpersistence <> 't'
    AND NOT EXISTS (
        SELECT FROM pg_catalog.pg_depend d
        WHERE c.relkind = 'S' AND d.classid = 'pg_catalog.pg_class'::regclass AND d.objid = c.oid
        AND d.refclassid = 'pg_catalog.pg_class'::regclass AND d.deptype IN ('a', 'i')
    )
    UNION ALL  -- the types of arrays, rows and multiranges follow
    SELECT 'pg_catalog.pg_type'::regclass, t.oid, 'TYPE'
    FROM pg_catalog.pg_type t LEFT JOIN pg_catalog.pg_class c ON c.oid = t.typrelid
    WHERE t.typowner = %(holder)s AND t.typtype <> 'm' AND (c.oid IS NULL OR c.relkind = 'c')
    AND NOT EXISTS (SELECT FROM pg_catalog.pg_type e WHERE e.typarray = t.oid)
    UNION ALL
    SELECT 'pg_catalog.pg_proc'::regclass, oid, 'ROUTINE' FROM pg_catalog.pg_proc WHERE proowner = %(holder)s
    UNION ALL
    SELECT 'pg_catalog.pg_operator'::regclass, oid, 'OPERATOR' FROM pg_catalog.pg_operator WHERE oprowner = %(holder)s
    UNION ALL
    SELECT 'pg_catalog.pg_opclass'::regclass, oid, 'OPERATOR CLASS' FROM pg_catalog.pg_opclass WHERE opcowner = %(holder)s
    UNION ALL
    SELECT 'pg_catalog.pg_opfamily'::regclass, oid, 'OPERATOR FAMILY' FROM pg_catalog.pg_opfamily WHERE opfowner = %(holder)s
    UNION ALL
    SELECT 'pg_catalog.pg_collation'::regclass, oid, 'COLLATION' FROM pg_catalog.pg_collation WHERE collowner = %(holder)s
    UNION ALL
    SELECT 'pg_catalog.pg_conversion'::regclass, oid, 'CONVERSION' FROM pg_catalog.pg_conversion WHERE conowner = %(holder)s
    UNION ALL
    SELECT 'pg_catalog.pg_ts_dict'::regclass, oid, 'TEXT SEARCH DICTIONARY'
    FROM pg_catalog.pg_ts_dict WHERE dictowner = %(holder)s
    UNION ALL
    SELECT 'pg_catalog.pg_ts_config'::regclass, oid, 'TEXT SEARCH CONFIGURATION'
    FROM pg_catalog.pg_ts_config WHERE cfgowner = %(holder)s
    UNION ALL
    SELECT 'pg_catalog.pg_statistic_ext'::regclass, oid, 'STATISTICS'
    FROM pg_catalog.pg_statistic_ext WHERE stxowner = %(holder)s
    UNION ALL
    SELECT 'pg_catalog.pg_foreign_server'::regclass, oid, 'SERVER' FROM pg_catalog.pg_foreign_server WHERE srvowner = %(holder)s
    UNION ALL  -- those of all tables, or of whole schemas, are a superuser's
    SELECT 'pg_catalog.pg_publication'::regclass, p.oid, 'PUBLICATION'
    FROM pg_catalog.pg_publication p WHERE p.pubowner = %(holder)s AND NOT p.puballtables
    AND NOT EXISTS (SELECT FROM pg_catalog.pg_publication_namespace n WHERE n.pnpubid = p.oid)
    UNION ALL
    SELECT 'pg_catalog.pg_largeobject'::regclass, oid, 'LARGE OBJECT'
    FROM pg_catalog.pg_largeobject_metadata WHERE lomowner = %(holder)s
)
SELECT pg_catalog.format('ALTER %%s %%s OWNER TO %%I', o.word, i.identity, %(owner)s::text)
FROM objects o, pg_catalog.pg_identify_object(o.class, o.object, 0) i
WHERE o.object >= 16384  -- the first that initdb did not give
AND (i.schema IS NULL OR i.schema <> ALL (%(keep)s::text[]))
AND NOT (o.word = 'SCHEMA' AND i.name = ANY (%(keep)s::text[]))
AND NOT EXISTS (
    SELECT FROM pg_catalog.pg_depend d
    WHERE d.classid = o.class AND d.objid = o.object AND d.deptype = 'e'
)
ORDER BY o.word, o.object
