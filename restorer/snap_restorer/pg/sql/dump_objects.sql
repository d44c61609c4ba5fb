-- What some schemas hold, and what would go with it: everything that depends on it, whatever schema that is in. Members
-- of extensions stay with their extension; snap.night is the nightly's own, and snap.allowed the mark of this database.
-- `direct`: in the schema itself, and dropped by name; all else goes by CASCADE. `inside`: belongs to one of the schemas,
-- itself or its table. `whole`: stands by itself, and is no part of something else that goes.
-- `definition`: SQL that creates it again, for what a dump of the schemas does not hold; NULL where there is none.
-- `able`: this role may run that.
WITH RECURSIVE
kept AS MATERIALIZED (
    SELECT d.classid, d.objid FROM pg_catalog.pg_depend d WHERE d.deptype = 'e'
    UNION ALL
    SELECT 'pg_catalog.pg_class'::regclass, c.oid
    FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
    WHERE n.nspname = 'snap' AND c.relname IN ('night', 'allowed')
    UNION ALL
    SELECT d.classid, d.objid
    FROM pg_catalog.pg_depend d
    JOIN pg_catalog.pg_class c ON d.refclassid = 'pg_catalog.pg_class'::regclass AND d.refobjid = c.oid
    JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
    WHERE n.nspname = 'snap' AND c.relname IN ('night', 'allowed') AND d.deptype IN ('a', 'i')
),
direct AS MATERIALIZED (
    SELECT d.classid, d.objid
    FROM pg_catalog.pg_depend d
    JOIN pg_catalog.pg_namespace n ON d.refclassid = 'pg_catalog.pg_namespace'::regclass AND d.refobjid = n.oid
    WHERE n.nspname = ANY (%(schemas)s::text[]) AND d.deptype = 'n'
      AND d.classid NOT IN ('pg_catalog.pg_extension'::regclass, 'pg_catalog.pg_default_acl'::regclass,
                            'pg_catalog.pg_publication_namespace'::regclass)
      AND (d.classid, d.objid) NOT IN (SELECT classid, objid FROM kept)
),
gone (classid, objid, subid) AS (
    SELECT classid, objid, 0 FROM direct
    UNION
    SELECT step.classid, step.objid, step.subid
    FROM gone g
    CROSS JOIN LATERAL (
        SELECT d.classid, d.objid, d.objsubid AS subid  -- what needs it
        FROM pg_catalog.pg_depend d
        WHERE d.refclassid = g.classid AND d.refobjid = g.objid AND (g.subid = 0 OR d.refobjsubid = g.subid)
          AND d.deptype IN ('n', 'a', 'i', 'P', 'S')
        UNION ALL
        SELECT d.refclassid, d.refobjid, d.refobjsubid  -- what it is a part of, as a view's query is of the view
        FROM pg_catalog.pg_depend d
        WHERE d.classid = g.classid AND d.objid = g.objid AND g.subid = 0 AND d.deptype = 'i'
    ) step
    WHERE (step.classid, step.objid) NOT IN (SELECT classid, objid FROM kept)
),
thing AS MATERIALIZED (
    SELECT g.classid, g.objid, g.subid,
           COALESCE(c.relnamespace, k.connamespace, ty.typnamespace, rel.relnamespace) AS home,
           COALESCE(rel.oid, NULLIF(k.conrelid, 0)) AS relation
    FROM gone g
    LEFT JOIN pg_catalog.pg_class c ON g.classid = 'pg_catalog.pg_class'::regclass AND c.oid = g.objid
    LEFT JOIN pg_catalog.pg_constraint k ON g.classid = 'pg_catalog.pg_constraint'::regclass AND k.oid = g.objid
    LEFT JOIN pg_catalog.pg_type ty ON g.classid = 'pg_catalog.pg_type'::regclass AND ty.oid = g.objid
    LEFT JOIN pg_catalog.pg_class rel ON rel.oid = CASE g.classid
        WHEN 'pg_catalog.pg_trigger'::regclass THEN (SELECT t.tgrelid FROM pg_catalog.pg_trigger t WHERE t.oid = g.objid)
        WHEN 'pg_catalog.pg_policy'::regclass THEN (SELECT p.polrelid FROM pg_catalog.pg_policy p WHERE p.oid = g.objid)
        WHEN 'pg_catalog.pg_rewrite'::regclass THEN (SELECT r.ev_class FROM pg_catalog.pg_rewrite r WHERE r.oid = g.objid)
        WHEN 'pg_catalog.pg_attrdef'::regclass THEN (SELECT a.adrelid FROM pg_catalog.pg_attrdef a WHERE a.oid = g.objid)
    END
),
named AS (
    SELECT t.*, i.type AS kind, i.identity, h.nspname AS schema,
           EXISTS (SELECT FROM direct d WHERE d.classid = t.classid AND d.objid = t.objid) AS direct,
           h.nspname = ANY (%(schemas)s::text[]) AS inside,
           NOT EXISTS (
               SELECT FROM pg_catalog.pg_depend d
               JOIN gone g ON g.classid = d.refclassid AND g.objid = d.refobjid AND g.subid IN (0, d.refobjsubid)
               WHERE d.classid = t.classid AND d.objid = t.objid AND d.objsubid = t.subid
                 AND d.deptype IN ('a', 'i', 'P', 'S')
                 AND t.classid <> 'pg_catalog.pg_publication_rel'::regclass
           ) AND NOT EXISTS (
               SELECT FROM gone g WHERE g.classid = t.classid AND g.objid = t.objid AND g.subid = 0 AND t.subid > 0
           ) AS whole
    FROM thing t
    CROSS JOIN LATERAL pg_catalog.pg_identify_object(t.classid, t.objid, t.subid) i
    LEFT JOIN pg_catalog.pg_namespace h  -- of a function, an operator and the like: its name is quoted
        ON h.oid = t.home OR (t.home IS NULL AND pg_catalog.quote_ident(h.nspname) = i.schema)
    WHERE NOT EXISTS (SELECT FROM pg_catalog.pg_trigger x
                      WHERE t.classid = 'pg_catalog.pg_trigger'::regclass AND x.oid = t.objid AND x.tgisinternal)
      AND COALESCE(h.nspname, '') !~ '^pg_toast'
)
SELECT n.schema, n.kind, n.identity, n.direct, COALESCE(n.inside, false) AS inside, n.whole, n.subid > 0 AS part,
       CASE WHEN COALESCE(n.inside, false) OR NOT n.whole OR n.subid > 0 THEN NULL
       WHEN n.classid = 'pg_catalog.pg_trigger'::regclass THEN (
           SELECT pg_catalog.pg_get_triggerdef(x.oid)
               || CASE x.tgenabled WHEN 'O' THEN '' ELSE pg_catalog.format('; ALTER TABLE %%s %%s TRIGGER %%I', x.tgrelid::regclass,
                  CASE x.tgenabled WHEN 'D' THEN 'DISABLE' WHEN 'R' THEN 'ENABLE REPLICA' ELSE 'ENABLE ALWAYS' END, x.tgname) END
           FROM pg_catalog.pg_trigger x WHERE x.oid = n.objid)
       WHEN n.classid = 'pg_catalog.pg_constraint'::regclass AND n.relation IS NOT NULL THEN (
           SELECT pg_catalog.format('ALTER TABLE %%s ADD CONSTRAINT %%I %%s', k.conrelid::regclass, k.conname,
                  pg_catalog.pg_get_constraintdef(k.oid))
           FROM pg_catalog.pg_constraint k WHERE k.oid = n.objid AND k.contype IN ('f', 'c') AND k.conislocal)
       WHEN n.classid = 'pg_catalog.pg_attrdef'::regclass THEN (
           SELECT pg_catalog.format('ALTER TABLE %%s ALTER COLUMN %%I SET DEFAULT %%s', a.adrelid::regclass, c.attname,
                  pg_catalog.pg_get_expr(a.adbin, a.adrelid))
           FROM pg_catalog.pg_attrdef a
           JOIN pg_catalog.pg_attribute c ON c.attrelid = a.adrelid AND c.attnum = a.adnum
           WHERE a.oid = n.objid AND c.attgenerated = '')
       WHEN n.classid = 'pg_catalog.pg_policy'::regclass THEN (
           SELECT pg_catalog.format('CREATE POLICY %%I ON %%s AS %%s FOR %%s TO %%s%%s%%s', p.polname, p.polrelid::regclass,
                  CASE WHEN p.polpermissive THEN 'PERMISSIVE' ELSE 'RESTRICTIVE' END,
                  CASE p.polcmd WHEN 'r' THEN 'SELECT' WHEN 'a' THEN 'INSERT' WHEN 'w' THEN 'UPDATE' WHEN 'd' THEN 'DELETE'
                       ELSE 'ALL' END,
                  (SELECT pg_catalog.string_agg(CASE r WHEN 0 THEN 'PUBLIC' ELSE r::regrole::text END, ', ')
                   FROM pg_catalog.unnest(p.polroles) AS r),
                  ' USING (' || pg_catalog.pg_get_expr(p.polqual, p.polrelid) || ')',
                  ' WITH CHECK (' || pg_catalog.pg_get_expr(p.polwithcheck, p.polrelid) || ')')
           FROM pg_catalog.pg_policy p WHERE p.oid = n.objid)
       WHEN n.kind = 'index' THEN (
           SELECT pg_catalog.pg_get_indexdef(x.indexrelid)
           FROM pg_catalog.pg_index x JOIN pg_catalog.pg_class c ON c.oid = x.indexrelid
           WHERE x.indexrelid = n.objid AND c.relkind = 'i' AND NOT c.relispartition
             AND NOT (x.indisclustered OR x.indisreplident))
       WHEN n.kind = 'view' THEN (
           SELECT pg_catalog.format('CREATE VIEW %%s%%s AS %%s', c.oid::regclass,
                  ' WITH (' || pg_catalog.array_to_string(c.reloptions, ', ') || ')', pg_catalog.pg_get_viewdef(c.oid))
           FROM pg_catalog.pg_class c
           WHERE c.oid = n.objid
             AND NOT EXISTS (SELECT FROM pg_catalog.pg_trigger x WHERE x.tgrelid = c.oid)
             AND NOT EXISTS (SELECT FROM pg_catalog.pg_attrdef a WHERE a.adrelid = c.oid)
             AND 1 = (SELECT pg_catalog.count(*) FROM pg_catalog.pg_rewrite r WHERE r.ev_class = c.oid))
       WHEN n.classid = 'pg_catalog.pg_publication_rel'::regclass THEN (
           SELECT pg_catalog.format('ALTER PUBLICATION %%I ADD TABLE ONLY %%s%%s%%s', p.pubname, r.prrelid::regclass,
                  (SELECT ' (' || pg_catalog.string_agg(pg_catalog.quote_ident(a.attname), ', ' ORDER BY a.attnum) || ')'
                   FROM pg_catalog.pg_attribute a WHERE a.attrelid = r.prrelid AND a.attnum = ANY (r.prattrs)),
                  ' WHERE (' || pg_catalog.pg_get_expr(r.prqual, r.prrelid) || ')')
           FROM pg_catalog.pg_publication_rel r JOIN pg_catalog.pg_publication p ON p.oid = r.prpubid
           WHERE r.oid = n.objid)
       WHEN n.classid = 'pg_catalog.pg_event_trigger'::regclass THEN (
           SELECT pg_catalog.format('CREATE EVENT TRIGGER %%I ON %%s%%s EXECUTE FUNCTION %%s', e.evtname, e.evtevent,
                  ' WHEN TAG IN (' || (SELECT pg_catalog.string_agg(pg_catalog.quote_literal(tag), ', ')
                                       FROM pg_catalog.unnest(e.evttags) AS tag) || ')', e.evtfoid::regprocedure)
               || CASE e.evtenabled WHEN 'O' THEN '' ELSE pg_catalog.format('; ALTER EVENT TRIGGER %%I %%s', e.evtname,
                  CASE e.evtenabled WHEN 'D' THEN 'DISABLE' WHEN 'R' THEN 'ENABLE REPLICA' ELSE 'ENABLE ALWAYS' END) END
           FROM pg_catalog.pg_event_trigger e WHERE e.oid = n.objid)
       WHEN n.classid = 'pg_catalog.pg_cast'::regclass THEN (
           SELECT pg_catalog.format('CREATE CAST (%%s AS %%s) %%s%%s', c.castsource::regtype, c.casttarget::regtype,
                  CASE c.castmethod WHEN 'f' THEN 'WITH FUNCTION ' || c.castfunc::regprocedure WHEN 'i' THEN 'WITH INOUT'
                       ELSE 'WITHOUT FUNCTION' END,
                  CASE c.castcontext WHEN 'a' THEN ' AS ASSIGNMENT' WHEN 'i' THEN ' AS IMPLICIT' ELSE '' END)
           FROM pg_catalog.pg_cast c WHERE c.oid = n.objid)
       END AS definition,
       CASE
       WHEN n.classid = 'pg_catalog.pg_trigger'::regclass THEN pg_catalog.has_table_privilege(n.relation, 'TRIGGER')
       WHEN n.kind = 'view' THEN (
           SELECT pg_catalog.has_schema_privilege(c.relnamespace, 'CREATE') FROM pg_catalog.pg_class c WHERE c.oid = n.objid)
       WHEN n.relation IS NOT NULL OR n.kind = 'index' THEN (
           SELECT pg_catalog.pg_has_role(c.relowner, 'USAGE')
           FROM pg_catalog.pg_class c WHERE c.oid = COALESCE(n.relation, n.objid))
       WHEN n.classid = 'pg_catalog.pg_publication_rel'::regclass THEN (
           SELECT pg_catalog.pg_has_role(p.pubowner, 'USAGE')
           FROM pg_catalog.pg_publication_rel r JOIN pg_catalog.pg_publication p ON p.oid = r.prpubid
           WHERE r.oid = n.objid)
       WHEN n.classid = 'pg_catalog.pg_event_trigger'::regclass THEN (
           SELECT r.rolsuper FROM pg_catalog.pg_roles r WHERE r.rolname = CURRENT_USER)
       ELSE true END AS able,
       pg_catalog.obj_description(n.objid, (SELECT c.relname FROM pg_catalog.pg_class c WHERE c.oid = n.classid)) AS comment
FROM named n
ORDER BY n.objid
