-- User-defined code that runs when rows move in or out of tables, and is not to be trusted by a session that has, or may
-- take, a superuser's rights: where it is attached, the function, and whose it is.
--
-- What is attached to a table is followed through pg_depend to functions. Postgres' own functions are in no pg_depend, so
-- those are read from the stored expressions: some run SQL that they are given, or need a superuser's rights.
-- Reading runs index expressions, CHECKs and partition keys too: the planner evaluates what is constant in them.
WITH RECURSIVE
-- include: trusted
, tables (oid) AS (
    SELECT pg_catalog.unnest({tables}::pg_catalog.oid[])
    UNION
    SELECT c.oid FROM pg_catalog.pg_class c WHERE {every} AND c.oid >= 16384 AND c.relkind IN ('r', 'p', 'm')
    UNION
    SELECT i.inhrelid
    FROM tables t
    JOIN pg_catalog.pg_inherits i ON i.inhparent = t.oid
    JOIN pg_catalog.pg_class c ON c.oid = i.inhrelid AND c.relispartition
), planned (oid) AS (  -- which are read: to find orphans, those beyond a foreign key too
    SELECT oid FROM tables
    UNION
    SELECT CASE WHEN k.conrelid = t.oid THEN k.confrelid ELSE k.conrelid END
    FROM tables t
    JOIN pg_catalog.pg_constraint k ON k.contype = 'f' AND t.oid IN (k.conrelid, k.confrelid)
    WHERE {writes}
), dependents (oid) AS (  -- views over the tables
    SELECT oid FROM tables WHERE {writes}
    UNION
    SELECT r.ev_class
    FROM dependents s
    JOIN pg_catalog.pg_depend d ON d.refclassid = 'pg_catalog.pg_class'::pg_catalog.regclass AND d.refobjid = s.oid
         AND d.classid = 'pg_catalog.pg_rewrite'::pg_catalog.regclass
    JOIN pg_catalog.pg_rewrite r ON r.oid = d.objid
    JOIN pg_catalog.pg_class c ON c.oid = r.ev_class AND c.relkind IN ('v', 'm')
), attached (class, object, owner) AS (
    SELECT 'pg_catalog.pg_class'::pg_catalog.regclass, c.oid, c.relowner
    FROM planned JOIN pg_catalog.pg_class c USING (oid)
    UNION ALL
    SELECT 'pg_catalog.pg_class'::pg_catalog.regclass, i.indexrelid, c.relowner
    FROM planned JOIN pg_catalog.pg_class c USING (oid) JOIN pg_catalog.pg_index i ON i.indrelid = c.oid
    UNION ALL
    SELECT 'pg_catalog.pg_constraint'::pg_catalog.regclass, k.oid, c.relowner
    FROM planned JOIN pg_catalog.pg_class c USING (oid)
    JOIN pg_catalog.pg_constraint k ON k.conrelid = c.oid AND k.contype = 'c'
    UNION ALL
    SELECT 'pg_catalog.pg_attrdef'::pg_catalog.regclass, d.oid, c.relowner
    FROM tables JOIN pg_catalog.pg_class c USING (oid)
    JOIN pg_catalog.pg_attrdef d ON d.adrelid = c.oid
    JOIN pg_catalog.pg_attribute a ON a.attrelid = c.oid AND a.attnum = d.adnum
    WHERE {writes} OR a.attgenerated = 'v'
    UNION ALL
    SELECT 'pg_catalog.pg_trigger'::pg_catalog.regclass, g.oid, c.relowner
    FROM tables JOIN pg_catalog.pg_class c USING (oid)
    JOIN pg_catalog.pg_trigger g ON g.tgrelid = c.oid AND NOT g.tgisinternal AND g.tgenabled <> 'D'
    WHERE {triggers}
    UNION ALL
    SELECT 'pg_catalog.pg_rewrite'::pg_catalog.regclass, r.oid, c.relowner
    FROM tables JOIN pg_catalog.pg_class c USING (oid)
    JOIN pg_catalog.pg_rewrite r ON r.ev_class = c.oid AND r.ev_enabled <> 'D'
    WHERE {writes}
    UNION ALL  -- a materialised view is filled with its owner's rights
    SELECT 'pg_catalog.pg_rewrite'::pg_catalog.regclass, r.oid, c.relowner
    FROM dependents JOIN pg_catalog.pg_class c USING (oid) JOIN trusted o ON o.oid = c.relowner
    JOIN pg_catalog.pg_rewrite r ON r.ev_class = c.oid
    WHERE c.relkind = 'm'
    UNION ALL  -- queries name views and functions as they like, and find operators by the types of what they compare
    SELECT 'pg_catalog.pg_rewrite'::pg_catalog.regclass, r.oid, c.relowner
    FROM pg_catalog.pg_class c
    JOIN pg_catalog.pg_rewrite r ON r.ev_class = c.oid
    WHERE c.relkind = 'v' AND c.oid >= 16384
      AND pg_catalog.strpos(pg_catalog.lower({queries}), pg_catalog.lower(c.relname)) > 0
    UNION ALL
    SELECT 'pg_catalog.pg_proc'::pg_catalog.regclass, p.oid, p.proowner
    FROM pg_catalog.pg_proc p
    WHERE p.oid >= 16384 AND pg_catalog.strpos(pg_catalog.lower({queries}), pg_catalog.lower(p.proname)) > 0
    UNION ALL
    SELECT 'pg_catalog.pg_operator'::pg_catalog.regclass, o.oid, o.oprowner
    FROM pg_catalog.pg_operator o
    WHERE o.oid >= 16384 AND {queries} <> ''
    UNION ALL
    SELECT 'pg_catalog.pg_policy'::pg_catalog.regclass, y.oid, c.relowner
    FROM pg_catalog.pg_policy y
    JOIN pg_catalog.pg_class c ON c.oid = y.polrelid
    WHERE {queries} <> ''
    UNION ALL
    SELECT 'pg_catalog.pg_event_trigger'::pg_catalog.regclass, e.oid, e.evtowner
    FROM pg_catalog.pg_event_trigger e
    WHERE {writes} AND e.evtenabled <> 'D'
), reached (class, object, owner, at_class, at_object) AS (
    SELECT a.class::pg_catalog.oid, a.object, a.owner, a.class::pg_catalog.oid, a.object FROM attached a
    UNION
    SELECT n.class, n.object, COALESCE(n.owner, r.owner),
           CASE WHEN n.stands THEN n.class ELSE r.at_class END, CASE WHEN n.stands THEN n.object ELSE r.at_object END
    FROM reached r
    CROSS JOIN LATERAL (
        SELECT d.refclassid, d.refobjid, false,
               (SELECT t.typowner FROM pg_catalog.pg_type t
                WHERE d.refclassid = 'pg_catalog.pg_type'::pg_catalog.regclass AND t.oid = d.refobjid)
        FROM pg_catalog.pg_depend d
        WHERE d.classid = r.class AND d.objid = r.object
          AND d.refclassid IN ('pg_catalog.pg_proc'::pg_catalog.regclass, 'pg_catalog.pg_operator'::pg_catalog.regclass,
                               'pg_catalog.pg_type'::pg_catalog.regclass, 'pg_catalog.pg_opclass'::pg_catalog.regclass,
                               'pg_catalog.pg_opfamily'::pg_catalog.regclass)
        UNION ALL
        SELECT 'pg_catalog.pg_rewrite'::pg_catalog.regclass, w.oid, false, v.relowner
        FROM pg_catalog.pg_depend d
        JOIN pg_catalog.pg_class v ON v.oid = d.refobjid AND v.relkind = 'v'
        JOIN pg_catalog.pg_rewrite w ON w.ev_class = v.oid
        WHERE r.class = 'pg_catalog.pg_rewrite'::pg_catalog.regclass AND d.classid = r.class AND d.objid = r.object
          AND d.refclassid = 'pg_catalog.pg_class'::pg_catalog.regclass
        UNION ALL
        SELECT 'pg_catalog.pg_constraint'::pg_catalog.regclass, k.oid, true, NULL
        FROM pg_catalog.pg_constraint k
        WHERE r.class = 'pg_catalog.pg_type'::pg_catalog.regclass AND k.contypid = r.object
        UNION ALL
        SELECT 'pg_catalog.pg_cast'::pg_catalog.regclass, k.oid, true, NULL
        FROM pg_catalog.pg_cast k
        WHERE r.class = 'pg_catalog.pg_type'::pg_catalog.regclass AND r.object IN (k.castsource, k.casttarget)
        UNION ALL
        SELECT 'pg_catalog.pg_class'::pg_catalog.regclass, t.typrelid, false, NULL
        FROM pg_catalog.pg_type t
        WHERE r.class = 'pg_catalog.pg_type'::pg_catalog.regclass AND t.oid = r.object AND t.typrelid <> 0
        UNION ALL
        SELECT 'pg_catalog.pg_type'::pg_catalog.regclass, t.typarray, false, NULL
        FROM pg_catalog.pg_type t
        WHERE r.class = 'pg_catalog.pg_type'::pg_catalog.regclass AND t.oid = r.object AND t.typarray <> 0
        UNION ALL
        SELECT 'pg_catalog.pg_opfamily'::pg_catalog.regclass, o.opcfamily, false, NULL
        FROM pg_catalog.pg_opclass o
        WHERE r.class = 'pg_catalog.pg_opclass'::pg_catalog.regclass AND o.oid = r.object
        UNION ALL
        SELECT 'pg_catalog.pg_proc'::pg_catalog.regclass, m.amproc, false, NULL
        FROM pg_catalog.pg_amproc m
        WHERE r.class = 'pg_catalog.pg_opfamily'::pg_catalog.regclass AND m.amprocfamily = r.object
        UNION ALL
        SELECT 'pg_catalog.pg_operator'::pg_catalog.regclass, m.amopopr, false, NULL
        FROM pg_catalog.pg_amop m
        WHERE r.class = 'pg_catalog.pg_opfamily'::pg_catalog.regclass AND m.amopfamily = r.object
    ) n (class, object, stands, owner)
    WHERE r.class <> 'pg_catalog.pg_proc'::pg_catalog.regclass
), expressions (owner, at_class, at_object, expression) AS (
    SELECT r.owner, r.at_class, r.at_object, e.expression
    FROM reached r
    CROSS JOIN LATERAL (
        SELECT k.conbin::pg_catalog.text
        FROM pg_catalog.pg_constraint k
        WHERE r.class = 'pg_catalog.pg_constraint'::pg_catalog.regclass AND k.oid = r.object
        UNION ALL
        SELECT d.adbin::pg_catalog.text
        FROM pg_catalog.pg_attrdef d
        WHERE r.class = 'pg_catalog.pg_attrdef'::pg_catalog.regclass AND d.oid = r.object
        UNION ALL
        SELECT x.expression
        FROM pg_catalog.pg_index i
        CROSS JOIN LATERAL (VALUES (i.indexprs::pg_catalog.text), (i.indpred::pg_catalog.text)) x (expression)
        WHERE r.class = 'pg_catalog.pg_class'::pg_catalog.regclass AND i.indexrelid = r.object
        UNION ALL
        SELECT p.partexprs::pg_catalog.text
        FROM pg_catalog.pg_partitioned_table p
        WHERE r.class = 'pg_catalog.pg_class'::pg_catalog.regclass AND p.partrelid = r.object
        UNION ALL
        SELECT g.tgqual::pg_catalog.text
        FROM pg_catalog.pg_trigger g
        WHERE r.class = 'pg_catalog.pg_trigger'::pg_catalog.regclass AND g.oid = r.object
        UNION ALL
        SELECT x.expression
        FROM pg_catalog.pg_policy y
        CROSS JOIN LATERAL (VALUES (y.polqual::pg_catalog.text), (y.polwithcheck::pg_catalog.text)) x (expression)
        WHERE r.class = 'pg_catalog.pg_policy'::pg_catalog.regclass AND y.oid = r.object
        UNION ALL
        SELECT w.ev_action::pg_catalog.text
        FROM pg_catalog.pg_rewrite w
        WHERE r.class = 'pg_catalog.pg_rewrite'::pg_catalog.regclass AND w.oid = r.object
        UNION ALL
        SELECT t.typdefaultbin::pg_catalog.text
        FROM pg_catalog.pg_type t
        WHERE r.class = 'pg_catalog.pg_type'::pg_catalog.regclass AND t.oid = r.object
    ) e (expression)
    WHERE e.expression IS NOT NULL
), called (owner, at_class, at_object, function) AS (
    SELECT r.owner, r.at_class, r.at_object, r.object
    FROM reached r
    WHERE r.class = 'pg_catalog.pg_proc'::pg_catalog.regclass
    UNION
    SELECT r.owner, r.at_class, r.at_object, o.oprcode
    FROM reached r
    JOIN pg_catalog.pg_operator o ON o.oid = r.object
    WHERE r.class = 'pg_catalog.pg_operator'::pg_catalog.regclass
    UNION
    SELECT e.owner, e.at_class, e.at_object, m.match[1]::pg_catalog.oid
    FROM expressions e
    CROSS JOIN LATERAL pg_catalog.regexp_matches(e.expression, ':(?:op)?funcid ([0-9]+)', 'g') m (match)
), judged AS (
    SELECT c.at_class, c.at_object, c.owner, c.owner NOT IN (SELECT oid FROM trusted) AS strange,
           p.oid, p.proowner, p.proowner NOT IN (SELECT oid FROM trusted) AS foreign_owner,
           p.proname::pg_catalog.text AS name, p.provolatile = 'v' AS volatile,
           p.prorettype IN ('pg_catalog.trigger'::pg_catalog.regtype, 'pg_catalog.event_trigger'::pg_catalog.regtype)
               AS acting,
           p.oid >= 16384 AND NOT EXISTS (
               SELECT FROM pg_catalog.pg_depend d
               WHERE d.classid = 'pg_catalog.pg_proc'::pg_catalog.regclass AND d.objid = p.oid AND d.deptype = 'e'
           ) AS defined,
           NOT pg_catalog.has_function_privilege(c.owner, p.oid, 'EXECUTE') AS withheld
    FROM called c
    JOIN pg_catalog.pg_proc p ON p.oid = c.function
    WHERE NOT EXISTS (  -- what Postgres makes with a range type: its constructors, in the language internal
        SELECT FROM pg_catalog.pg_depend d
        WHERE d.classid = 'pg_catalog.pg_proc'::pg_catalog.regclass AND d.objid = p.oid AND d.deptype = 'i'
    )
)
SELECT DISTINCT
       pg_catalog.pg_describe_object(j.at_class, j.at_object, 0) AS place,
       pg_catalog.pg_describe_object('pg_catalog.pg_proc'::pg_catalog.regclass, j.oid, 0) AS function,
       pg_catalog.pg_get_userbyid(j.proowner)::pg_catalog.text AS owner,
       CASE WHEN j.strange THEN pg_catalog.pg_get_userbyid(j.owner)::pg_catalog.text END AS holder
FROM judged j
WHERE (j.foreign_owner AND j.oid >= 16384)
   OR ({created} AND j.defined)
   -- What a server ships can run SQL or reach beyond the database, if a role may call it with arguments of its own.
   OR ((j.strange OR {created}) AND (
       j.withheld
       OR (NOT j.defined AND NOT j.acting AND (
           j.name ~ '^(database|schema|table)_to_xml'
           OR (j.volatile AND j.name !~ '^(nextval|currval|lastval|random|random_normal|gen_random_(uuid|bytes)|gen_salt'
               '|uuidv[47]|uuid_generate_v.*|clock_timestamp|timeofday)$'
           )))))
ORDER BY 1, 2
