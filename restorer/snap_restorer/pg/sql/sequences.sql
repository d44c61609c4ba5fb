-- The sequences of these names, and those that fill columns of these tables or of their partitions. A row for each column
-- that a sequence fills, in whatever table, and one for a sequence that fills none. `table` is that of these tables which
-- the column belongs to, NULL for another; `plain`: it takes the next value as it is.
WITH inside AS MATERIALIZED (
    SELECT tree.relation, ARRAY[n.nspname::text, c.relname::text] AS name
    FROM ROWS FROM (pg_catalog.unnest(%(oids)s::oid[]), pg_catalog.unnest(%(roots)s::oid[])) AS tree (relation, root)
    JOIN pg_catalog.pg_class c ON c.oid = tree.root
    JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
),
wanted AS MATERIALIZED (
    SELECT s.oid
    FROM ROWS FROM (pg_catalog.unnest(%(schemas)s::text[]), pg_catalog.unnest(%(names)s::text[])) AS named (schema, name)
    JOIN pg_catalog.pg_namespace n ON n.nspname = named.schema
    JOIN pg_catalog.pg_class s ON s.relnamespace = n.oid AND s.relname = named.name AND s.relkind = 'S'
    UNION
    SELECT s.oid
    FROM inside i
    JOIN pg_catalog.pg_depend d ON d.refclassid = 'pg_catalog.pg_class'::regclass AND d.refobjid = i.relation
        AND d.refobjsubid > 0 AND d.classid = 'pg_catalog.pg_class'::regclass AND d.deptype IN ('a', 'i')
    JOIN pg_catalog.pg_class s ON s.oid = d.objid AND s.relkind = 'S'
    UNION
    SELECT s.oid
    FROM inside i
    JOIN pg_catalog.pg_attrdef f ON f.adrelid = i.relation
    JOIN pg_catalog.pg_depend d ON d.classid = 'pg_catalog.pg_attrdef'::regclass AND d.objid = f.oid
        AND d.refclassid = 'pg_catalog.pg_class'::regclass
    JOIN pg_catalog.pg_class s ON s.oid = d.refobjid AND s.relkind = 'S'
),
owner (sequence, relation, number) AS MATERIALIZED (  -- those of serial and identity columns
    SELECT w.oid, d.refobjid, d.refobjsubid
    FROM wanted w
    JOIN pg_catalog.pg_depend d ON d.classid = 'pg_catalog.pg_class'::regclass AND d.objid = w.oid
        AND d.refclassid = 'pg_catalog.pg_class'::regclass AND d.refobjsubid > 0 AND d.deptype IN ('a', 'i')
),
draw (sequence, relation, "column", plain) AS (
    SELECT o.sequence, o.relation, a.attname, true
    FROM owner o
    JOIN pg_catalog.pg_attribute a ON a.attrelid = o.relation AND a.attnum = o.number AND NOT a.atthasdef
    UNION
    SELECT w.oid, f.adrelid, a.attname,
           pg_catalog.pg_get_expr(f.adbin, f.adrelid) ~ '^nextval\(''([^'']|'''')+''::regclass\)$'
    FROM wanted w
    JOIN pg_catalog.pg_depend d ON d.refclassid = 'pg_catalog.pg_class'::regclass AND d.refobjid = w.oid
        AND d.classid = 'pg_catalog.pg_attrdef'::regclass
    JOIN pg_catalog.pg_attrdef f ON f.oid = d.objid
    JOIN pg_catalog.pg_attribute a ON a.attrelid = f.adrelid AND a.attnum = f.adnum
    UNION
    SELECT w.oid, a.attrelid, a.attname, false
    FROM wanted w
    JOIN pg_catalog.pg_depend d ON d.refclassid = 'pg_catalog.pg_class'::regclass AND d.refobjid = w.oid
        AND d.classid = 'pg_catalog.pg_type'::regclass
    CROSS JOIN LATERAL (  -- apart, for there is no index: columns of a domain that has the default
        SELECT c.attrelid, c.attname FROM pg_catalog.pg_attribute c
        WHERE c.atttypid = d.objid AND NOT c.atthasdef AND NOT c.attisdropped OFFSET 0
    ) AS a
)
SELECT s.oid::bigint AS oid,
       ARRAY[n.nspname, s.relname] AS name,
       q.seqstart AS start,
       q.seqincrement AS increment,
       q.seqmin AS least,
       q.seqmax AS greatest,
       pg_catalog.pg_has_role(s.relowner, 'USAGE') AS ours,
       EXISTS (SELECT FROM owner o JOIN inside i ON i.relation = o.relation WHERE o.sequence = s.oid) AS owned,
       f.filled,
       f.name AS "table",
       f."column",
       f.plain
FROM wanted w
JOIN pg_catalog.pg_class s ON s.oid = w.oid
JOIN pg_catalog.pg_namespace n ON n.oid = s.relnamespace
JOIN pg_catalog.pg_sequence q ON q.seqrelid = s.oid
LEFT JOIN (
    SELECT DISTINCT draw.sequence, true AS filled, i.name, draw."column"::text AS "column", draw.plain
    FROM draw
    JOIN pg_catalog.pg_class r ON r.oid = draw.relation AND r.relkind IN ('r', 'p', 'f')
    LEFT JOIN inside i ON i.relation = draw.relation
) AS f ON f.sequence = s.oid
ORDER BY 2, f.name, f."column"
