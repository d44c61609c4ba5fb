-- Functions that run when rows are put into tables (CHECKs, domains, index expressions, generated columns, partition keys,
-- defaults of columns that are not `written`) and whose text names another one of these tables, or a view over one: directly, or through functions
-- that they name. A body that Postgres has parsed is followed by what it depends on. Names are looked for as words.
WITH RECURSIVE tree AS (
    SELECT * FROM ROWS FROM (pg_catalog.unnest(%(oids)s::oid[]), pg_catalog.unnest(%(roots)s::oid[])) AS t (oid, root)
), attached (class, object, root) AS (
    SELECT 'pg_catalog.pg_class'::regclass::oid, t.oid, t.root FROM tree t
    UNION ALL
    SELECT 'pg_catalog.pg_class'::regclass::oid, i.indexrelid, t.root
    FROM tree t JOIN pg_catalog.pg_index i ON i.indrelid = t.oid
    UNION ALL
    SELECT 'pg_catalog.pg_constraint'::regclass::oid, k.oid, t.root
    FROM tree t JOIN pg_catalog.pg_constraint k ON k.conrelid = t.oid AND k.contype IN ('c', 'x')
    UNION ALL
    SELECT 'pg_catalog.pg_attrdef'::regclass::oid, d.oid, t.root
    FROM tree t
    JOIN pg_catalog.pg_attrdef d ON d.adrelid = t.oid
    JOIN pg_catalog.pg_attribute a ON a.attrelid = t.oid AND a.attnum = d.adnum
    WHERE a.attgenerated <> '' OR pg_catalog.concat(t.root, ' ', a.attname) <> ALL (%(written)s::text[])
), reached (class, object, root) AS (
    SELECT * FROM attached
    UNION
    SELECT n.class, n.object, r.root
    FROM reached r
    CROSS JOIN LATERAL (
        SELECT d.refclassid, d.refobjid
        FROM pg_catalog.pg_depend d
        WHERE d.classid = r.class AND d.objid = r.object
          AND d.refclassid IN ('pg_catalog.pg_type'::regclass, 'pg_catalog.pg_opclass'::regclass)
        UNION ALL
        SELECT 'pg_catalog.pg_constraint'::regclass, k.oid
        FROM pg_catalog.pg_constraint k
        WHERE r.class = 'pg_catalog.pg_type'::regclass AND k.contypid = r.object
        UNION ALL
        SELECT 'pg_catalog.pg_type'::regclass, e.typelem
        FROM pg_catalog.pg_type e
        WHERE r.class = 'pg_catalog.pg_type'::regclass AND e.oid = r.object AND e.typelem <> 0
    ) n (class, object)
), called (function, first, root) AS (
    SELECT d.refobjid, d.refobjid, r.root
    FROM reached r
    JOIN pg_catalog.pg_depend d ON d.classid = r.class AND d.objid = r.object
    WHERE d.refclassid = 'pg_catalog.pg_proc'::regclass
    UNION
    SELECT p.oid, c.first, c.root
    FROM called c
    JOIN pg_catalog.pg_proc f ON f.oid = c.function
    JOIN pg_catalog.pg_proc p ON p.oid >= 16384 AND p.oid <> f.oid
    WHERE pg_catalog.strpos(pg_catalog.lower(f.prosrc), pg_catalog.lower(p.proname)) > 0
       OR EXISTS (SELECT FROM pg_catalog.pg_depend d
                  WHERE d.classid = 'pg_catalog.pg_proc'::regclass AND d.objid = f.oid
                    AND d.refclassid = d.classid AND d.refobjid = p.oid)
), named (oid, root) AS (
    SELECT oid, root FROM tree
    UNION
    SELECT w.ev_class, n.root
    FROM named n
    JOIN pg_catalog.pg_depend d ON d.refclassid = 'pg_catalog.pg_class'::regclass AND d.refobjid = n.oid
         AND d.classid = 'pg_catalog.pg_rewrite'::regclass
    JOIN pg_catalog.pg_rewrite w ON w.oid = d.objid AND w.ev_class <> n.oid
), bodies AS MATERIALIZED (
    SELECT c.root, c.first, f.oid, pg_catalog.lower(f.prosrc) AS body
    FROM called c
    JOIN pg_catalog.pg_proc f ON f.oid = c.function AND f.oid >= 16384
)
SELECT DISTINCT b.root::bigint AS "table", b.first::regprocedure::text AS function, n.root::bigint AS "reads"
FROM bodies b
JOIN named n ON n.root <> b.root
JOIN pg_catalog.pg_class r ON r.oid = n.oid
WHERE (pg_catalog.strpos(b.body, pg_catalog.lower(r.relname)) > 0
       AND b.body ~ pg_catalog.concat('(^|[^[:alnum:]_$])',
                                  pg_catalog.regexp_replace(pg_catalog.lower(r.relname), '(\W)', '\\\1', 'g'),
                                  '($|[^[:alnum:]_$])'))
   OR EXISTS (SELECT FROM pg_catalog.pg_depend d
              WHERE d.classid = 'pg_catalog.pg_proc'::regclass AND d.objid = b.oid
                AND d.refclassid = 'pg_catalog.pg_class'::regclass AND d.refobjid = n.oid)
ORDER BY 1, 2, 3
