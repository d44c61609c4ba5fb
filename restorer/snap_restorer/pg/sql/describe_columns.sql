-- Columns of all tables in use; `base` is what lies beneath domains. A NOT NULL that was never checked counts for
-- nothing (Postgres 18); its record is looked up by name, for older servers do not have it. `computed_from` are the
-- columns in the expression of a generated column: up to Postgres 14 the column depends on them, since then its default.
WITH RECURSIVE base (relation, number, type, modifier) AS (
    SELECT a.attrelid, a.attnum, a.atttypid, a.atttypmod
    FROM pg_catalog.pg_attribute a
    JOIN pg_catalog.pg_class c ON c.oid = a.attrelid
    WHERE c.relkind IN ('r', 'p') AND NOT c.relispartition AND a.attnum > 0 AND NOT a.attisdropped
      AND c.relnamespace NOT IN ('pg_catalog'::pg_catalog.regnamespace, 'information_schema'::pg_catalog.regnamespace)
    UNION ALL
    SELECT b.relation, b.number, t.typbasetype, t.typtypmod
    FROM base b
    JOIN pg_catalog.pg_type t ON t.oid = b.type
    WHERE t.typtype = 'd'
)
SELECT a.attrelid::bigint AS relation,
       a.attname::text AS name,
       pg_catalog.format_type(a.atttypid, a.atttypmod) AS type,
       pg_catalog.format_type(b.type, b.modifier) AS base,
       CASE WHEN COALESCE(e.typtype, t.typtype) = 'e'
            THEN pg_catalog.format_type(COALESCE(e.oid, t.oid), NULL) END AS enum,
       a.attnotnull AND NOT EXISTS (
           SELECT FROM pg_catalog.pg_constraint k
           WHERE k.conrelid = a.attrelid AND k.contype = 'n' AND k.conkey[1] = a.attnum AND NOT k.convalidated
       ) AS not_null,
       a.attgenerated::text AS generated,
       CASE WHEN a.attgenerated <> '' THEN ARRAY(
           SELECT DISTINCT s.attname::text
           FROM pg_catalog.pg_depend d
           JOIN pg_catalog.pg_attribute s ON s.attrelid = d.refobjid AND s.attnum = d.refobjsubid
           LEFT JOIN pg_catalog.pg_attrdef f ON d.classid = 'pg_catalog.pg_attrdef'::pg_catalog.regclass
                AND f.oid = d.objid
           WHERE d.refclassid = 'pg_catalog.pg_class'::pg_catalog.regclass AND d.refobjid = a.attrelid
             AND s.attnum > 0 AND s.attnum <> a.attnum
             AND (f.adrelid = a.attrelid AND f.adnum = a.attnum
                  OR d.classid = 'pg_catalog.pg_class'::pg_catalog.regclass AND d.objid = a.attrelid
                     AND d.objsubid = a.attnum)
           ORDER BY 1
       ) ELSE '{}' END AS computed_from,
       COALESCE(o.collisdeterministic, true) AS deterministic
FROM pg_catalog.pg_attribute a
JOIN base b ON b.relation = a.attrelid AND b.number = a.attnum
JOIN pg_catalog.pg_type t ON t.oid = b.type AND t.typtype <> 'd'
LEFT JOIN pg_catalog.pg_type e ON e.oid = t.typelem AND t.typcategory = 'A'
LEFT JOIN pg_catalog.pg_collation o ON o.oid = a.attcollation
ORDER BY a.attrelid, a.attnum
