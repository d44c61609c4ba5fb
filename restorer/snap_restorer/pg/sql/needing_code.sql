-- Those of some tables where code runs that may need more than their owners have: functions of superusers that are not
-- SECURITY DEFINER, unless they are written in C, and those that an owner may not call.
WITH RECURSIVE
-- include: trusted
, needing (class, object) AS (  -- the functions, and all that would run them
    SELECT 'pg_catalog.pg_proc'::pg_catalog.regclass::pg_catalog.oid, p.oid
    FROM pg_catalog.pg_proc p
    JOIN pg_catalog.pg_language l ON l.oid OPERATOR(pg_catalog.=) p.prolang
    WHERE p.oid OPERATOR(pg_catalog.>=) 16384
      AND (
          (p.proowner IN (SELECT t.oid FROM trusted t) AND NOT p.prosecdef
           AND l.lanname OPERATOR(pg_catalog.<>) ALL (ARRAY['c', 'internal']::pg_catalog.name[]))
          OR (p.proacl IS NOT NULL AND EXISTS (
              SELECT
              FROM pg_catalog.unnest({roles}::pg_catalog.text[]) o (role)
              WHERE NOT pg_catalog.has_function_privilege(o.role::pg_catalog.name, p.oid, 'EXECUTE')))
      )
    UNION
    SELECT x.class, x.object
    FROM needing n
    CROSS JOIN LATERAL (
        SELECT d.classid, d.objid
        FROM pg_catalog.pg_depend d
        WHERE d.refclassid OPERATOR(pg_catalog.=) n.class
          AND d.refobjid OPERATOR(pg_catalog.=) n.object
          AND d.classid OPERATOR(pg_catalog.<>) 'pg_catalog.pg_proc'::pg_catalog.regclass
          AND (n.class OPERATOR(pg_catalog.<>) 'pg_catalog.pg_class'::pg_catalog.regclass
               OR d.classid OPERATOR(pg_catalog.=) 'pg_catalog.pg_rewrite'::pg_catalog.regclass)
        UNION ALL
        SELECT 'pg_catalog.pg_class'::pg_catalog.regclass, w.ev_class
        FROM pg_catalog.pg_rewrite w
        WHERE n.class OPERATOR(pg_catalog.=) 'pg_catalog.pg_rewrite'::pg_catalog.regclass
          AND w.oid OPERATOR(pg_catalog.=) n.object
        UNION ALL
        SELECT 'pg_catalog.pg_type'::pg_catalog.regclass, c.reltype
        FROM pg_catalog.pg_class c
        WHERE n.class OPERATOR(pg_catalog.=) 'pg_catalog.pg_class'::pg_catalog.regclass
          AND c.oid OPERATOR(pg_catalog.=) n.object
          AND c.reltype OPERATOR(pg_catalog.<>) 0
        UNION ALL
        SELECT 'pg_catalog.pg_type'::pg_catalog.regclass, k.contypid
        FROM pg_catalog.pg_constraint k
        WHERE n.class OPERATOR(pg_catalog.=) 'pg_catalog.pg_constraint'::pg_catalog.regclass
          AND k.oid OPERATOR(pg_catalog.=) n.object
          AND k.contypid OPERATOR(pg_catalog.<>) 0
        UNION ALL
        SELECT 'pg_catalog.pg_type'::pg_catalog.regclass, t.object
        FROM pg_catalog.pg_cast k
        CROSS JOIN LATERAL (VALUES (k.castsource), (k.casttarget)) t (object)
        WHERE n.class OPERATOR(pg_catalog.=) 'pg_catalog.pg_cast'::pg_catalog.regclass
          AND k.oid OPERATOR(pg_catalog.=) n.object
          AND t.object OPERATOR(pg_catalog.>=) 16384
        UNION ALL
        SELECT 'pg_catalog.pg_opfamily'::pg_catalog.regclass, m.amprocfamily
        FROM pg_catalog.pg_amproc m
        WHERE n.class OPERATOR(pg_catalog.=) 'pg_catalog.pg_amproc'::pg_catalog.regclass
          AND m.oid OPERATOR(pg_catalog.=) n.object
    ) x (class, object)
), running (oid) AS (  -- the tables on which that runs
    SELECT n.object FROM needing n WHERE n.class OPERATOR(pg_catalog.=) 'pg_catalog.pg_class'::pg_catalog.regclass
    UNION
    SELECT r.oid
    FROM needing n
    CROSS JOIN LATERAL (
        SELECT i.indrelid
        FROM pg_catalog.pg_index i
        WHERE n.class OPERATOR(pg_catalog.=) 'pg_catalog.pg_class'::pg_catalog.regclass
          AND i.indexrelid OPERATOR(pg_catalog.=) n.object
        UNION ALL
        SELECT k.conrelid
        FROM pg_catalog.pg_constraint k
        WHERE n.class OPERATOR(pg_catalog.=) 'pg_catalog.pg_constraint'::pg_catalog.regclass
          AND k.oid OPERATOR(pg_catalog.=) n.object
        UNION ALL
        SELECT a.adrelid
        FROM pg_catalog.pg_attrdef a
        WHERE n.class OPERATOR(pg_catalog.=) 'pg_catalog.pg_attrdef'::pg_catalog.regclass
          AND a.oid OPERATOR(pg_catalog.=) n.object
        UNION ALL
        SELECT g.tgrelid
        FROM pg_catalog.pg_trigger g
        WHERE n.class OPERATOR(pg_catalog.=) 'pg_catalog.pg_trigger'::pg_catalog.regclass
          AND g.oid OPERATOR(pg_catalog.=) n.object
          AND {triggers}
          AND g.tgenabled OPERATOR(pg_catalog.<>) 'D'
    ) r (oid)
    UNION
    SELECT i.inhparent  -- rows go into partitions through their table
    FROM running r
    JOIN pg_catalog.pg_inherits i ON i.inhrelid OPERATOR(pg_catalog.=) r.oid
)
SELECT t.oid
FROM pg_catalog.unnest({tables}::pg_catalog.oid[]) t (oid)
WHERE t.oid IN (SELECT r.oid FROM running r)
   OR ({queries} OPERATOR(pg_catalog.<>) '' AND EXISTS (  -- queries find operators and casts by types
       SELECT
       FROM needing n
       LEFT JOIN pg_catalog.pg_proc p
         ON n.class OPERATOR(pg_catalog.=) 'pg_catalog.pg_proc'::pg_catalog.regclass
        AND p.oid OPERATOR(pg_catalog.=) n.object
       WHERE n.class IN ('pg_catalog.pg_operator'::pg_catalog.regclass, 'pg_catalog.pg_cast'::pg_catalog.regclass)
          OR pg_catalog.strpos(pg_catalog.lower({queries}), pg_catalog.lower(p.proname)) OPERATOR(pg_catalog.>) 0))
