-- A domain is followed down to its base type: COPY takes the base type's form and checks the domain itself.
WITH RECURSIVE base (relation, number, type, modifier) AS (
    SELECT attrelid, attnum, atttypid, atttypmod
    FROM pg_catalog.pg_attribute
    WHERE attrelid = ANY (%(oids)s::oid[]) AND attnum > 0 AND NOT attisdropped
    UNION ALL
    SELECT b.relation, b.number, t.typbasetype, t.typtypmod
    FROM base b
    JOIN pg_catalog.pg_type t ON t.oid = b.type
    WHERE t.typtype = 'd'
)
SELECT a.attrelid AS relation,
       a.attname AS name,
       pg_catalog.format_type(a.atttypid, a.atttypmod) AS type,
       pg_catalog.format_type(b.type, b.modifier) AS base,
       CASE WHEN t.typcategory = 'A' THEN t.typelem::bigint END AS element,
       COALESCE(e.typtype, t.typtype) AS kind,
       a.attnotnull OR EXISTS (
           SELECT
           FROM base d
           JOIN pg_catalog.pg_type dt ON dt.oid = d.type AND dt.typtype = 'd' AND dt.typnotnull
           WHERE d.relation = a.attrelid AND d.number = a.attnum
       ) AS not_null,
       a.atthasdef OR a.attidentity <> '' OR own.typdefault IS NOT NULL AS has_default,
       a.attgenerated <> '' AS generated,
       ARRAY(SELECT l.enumlabel::text
             FROM pg_catalog.pg_enum l
             WHERE l.enumtypid = COALESCE(e.oid, t.oid)
             ORDER BY l.enumsortorder) AS labels
FROM pg_catalog.pg_attribute a
JOIN pg_catalog.pg_type own ON own.oid = a.atttypid
JOIN base b ON b.relation = a.attrelid AND b.number = a.attnum
JOIN pg_catalog.pg_type t ON t.oid = b.type AND t.typtype <> 'd'
LEFT JOIN pg_catalog.pg_type e ON e.oid = t.typelem AND t.typcategory = 'A'
ORDER BY a.attrelid, a.attnum
