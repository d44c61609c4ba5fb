-- What ANALYZE looks at: columns, and expressions of indexes, with all that decides whether statistics of one database
-- are right in another. Texts in code points' order have one name for it, whatever provider they have. `shift` says how
-- values move with dates: not at all (''), as the type named, or in a way that is not known ('?').
WITH attributes (relation, index, owner, number, name, typid, typmod, collid, target, options, generated) AS (
    SELECT a.attrelid, NULL::oid, a.attrelid, a.attnum, a.attname::text, a.atttypid, a.atttypmod, a.attcollation,
           a.attstattarget, a.attoptions::text, a.attgenerated::text
    FROM pg_catalog.pg_attribute a
    WHERE a.attrelid = ANY (%(oids)s::oid[]) AND a.attnum > 0 AND NOT a.attisdropped
    UNION ALL
    SELECT i.indrelid, i.indexrelid, i.indexrelid, a.attnum,
           pg_catalog.pg_get_indexdef(i.indexrelid, a.attnum, false), a.atttypid, a.atttypmod, a.attcollation,
           a.attstattarget, a.attoptions::text, ''
    FROM pg_catalog.pg_index i
    JOIN pg_catalog.pg_attribute a ON a.attrelid = i.indexrelid
    WHERE i.indrelid = ANY (%(oids)s::oid[]) AND a.attnum <= i.indnkeyatts AND i.indkey[a.attnum - 1] = 0
), dated (relation, number) AS (
    SELECT a.attrelid, a.attnum
    FROM pg_catalog.pg_attribute a
    JOIN pg_catalog.pg_type t ON t.oid = a.atttypid
    WHERE a.attrelid = ANY (%(oids)s::oid[]) AND a.attnum > 0 AND NOT a.attisdropped
      AND (t.typname ~ '^_?(date|timestamp|timestamptz|(date|ts|tstz)(multi)?range)$' OR t.typtype = 'd')
), here (encoding, provider, locale, rules, version) AS (
    SELECT pg_catalog.pg_encoding_to_char(d.encoding), d.datlocprovider, COALESCE(d.datlocale, d.datcollate),
           d.daticurules, pg_catalog.pg_database_collation_actual_version(d.oid)
    FROM pg_catalog.pg_database d
    WHERE d.datname = pg_catalog.current_database()
), orders (collid, provider, locale, rules, version, encoding, deterministic) AS (
    SELECT c.oid,
           CASE c.collprovider WHEN 'd' THEN h.provider ELSE c.collprovider END,
           CASE c.collprovider WHEN 'd' THEN h.locale ELSE COALESCE(c.colllocale, c.collcollate) END,
           CASE c.collprovider WHEN 'd' THEN h.rules ELSE c.collicurules END,
           CASE c.collprovider WHEN 'd' THEN h.version ELSE pg_catalog.pg_collation_actual_version(c.oid) END,
           h.encoding, c.collisdeterministic
    FROM pg_catalog.pg_collation c, here h
    WHERE c.oid IN (SELECT collid FROM attributes)
)
SELECT a.relation,
       x.relname::text AS index,
       CASE WHEN a.index IS NULL THEN 0 ELSE a.number END AS number,
       a.name,
       pg_catalog.format_type(a.typid, a.typmod) AS type,
       ARRAY(SELECT l.enumlabel::text FROM pg_catalog.pg_enum l
             WHERE l.enumtypid IN (t.oid, t.typelem) ORDER BY l.enumsortorder) AS labels,
       CASE WHEN o.provider = 'b' OR o.locale IN ('C', 'POSIX', 'C.UTF-8', 'C.utf8') THEN 'code points ' || o.encoding
            ELSE pg_catalog.concat_ws(' ', o.provider, o.locale, o.version, o.rules, o.encoding) END AS collation,
       a.target,
       a.options,
       CASE WHEN a.generated = 'v' THEN false ELSE COALESCE(a.target, -1) <> 0 END AS wanted,
       COALESCE(o.deterministic, true) AND (COALESCE(e.typtype, t.typtype) = 'e'
           OR COALESCE(e.typnamespace, t.typnamespace) = 'pg_catalog'::regnamespace AND t.typtype IN ('b', 'r', 'm')
               AND t.typname !~ '^_?(money|reg.*)$') AS usable,
       CASE WHEN a.index IS NOT NULL OR a.generated <> '' THEN
                CASE WHEN a.name LIKE '%%.*%%' OR EXISTS (  -- a whole row depends on no column
                    SELECT
                    FROM pg_catalog.pg_depend d
                    LEFT JOIN pg_catalog.pg_attrdef f ON f.adrelid = a.relation AND f.adnum = a.number
                    WHERE d.refclassid = 'pg_catalog.pg_class'::regclass AND d.refobjid = a.relation
                      AND CASE WHEN a.index IS NULL THEN d.classid = 'pg_catalog.pg_attrdef'::regclass AND d.objid = f.oid
                               ELSE d.classid = 'pg_catalog.pg_class'::regclass AND d.objid = a.index END
                      AND EXISTS (SELECT FROM dated m WHERE m.relation = a.relation AND m.number = d.refobjsubid))
                THEN '?' ELSE '' END
            WHEN t.typname IN ('date', 'timestamp', 'timestamptz') THEN t.typname::text
            WHEN EXISTS (SELECT FROM dated m WHERE m.relation = a.relation AND m.number = a.number) THEN '?'
            ELSE '' END AS shift
FROM attributes a
JOIN pg_catalog.pg_type t ON t.oid = a.typid
LEFT JOIN pg_catalog.pg_type e ON e.oid = t.typelem AND t.typcategory = 'A'
LEFT JOIN pg_catalog.pg_class x ON x.oid = a.index
LEFT JOIN orders o ON o.collid = a.collid
ORDER BY a.relation, a.index IS NOT NULL, x.relname, a.number
