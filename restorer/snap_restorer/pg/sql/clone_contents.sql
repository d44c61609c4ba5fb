-- Everything that people made in this database: what it is, and its definition. Members of extensions follow their
-- extension; what the program keeps in schema snap is left out. Print with search_path pg_catalog, so that every name
-- in a definition is qualified. Owners and privileges are clone_rights.sql's.
WITH RECURSIVE member AS MATERIALIZED (
    SELECT classid, objid FROM pg_catalog.pg_depend WHERE deptype = 'e'
),
kept AS MATERIALIZED (  -- the ledger, what belongs to it, and the schema around them
    SELECT 'pg_catalog.pg_class'::regclass::oid AS classid, c.oid AS objid
    FROM pg_catalog.pg_class c
    JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
    WHERE n.nspname = 'snap' AND c.relname = ANY (%(kept)s::text[])
    UNION
    SELECT 'pg_catalog.pg_namespace'::regclass::oid, n.oid FROM pg_catalog.pg_namespace n WHERE n.nspname = 'snap'
    UNION
    SELECT d.classid, d.objid
    FROM pg_catalog.pg_depend d
    JOIN kept k ON d.refclassid = k.classid AND d.refobjid = k.objid
    WHERE d.deptype IN ('a', 'i') AND k.classid <> 'pg_catalog.pg_namespace'::regclass
),
out AS MATERIALIZED (
    SELECT classid, objid FROM member UNION SELECT classid, objid FROM kept
),
relation AS MATERIALIZED (
    SELECT c.*
    FROM pg_catalog.pg_class c
    JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
    WHERE c.oid >= 16384 AND n.nspname !~ '^pg_(toast|temp)'
      AND (1259, c.oid) NOT IN (SELECT classid::int, objid FROM out)
),
thing (classid, objid, subid, definition) AS (
    SELECT 'pg_catalog.pg_namespace'::regclass, n.oid, 0, ''
    FROM pg_catalog.pg_namespace n
    WHERE n.oid >= 16384 AND n.nspname !~ '^pg_'
    UNION ALL
    SELECT 'pg_catalog.pg_class'::regclass, c.oid, 0, pg_catalog.jsonb_build_array(
        c.relkind, c.relpersistence, c.reloptions, c.relrowsecurity, c.relforcerowsecurity, c.relreplident,
        (SELECT a.amname FROM pg_catalog.pg_am a WHERE a.oid = c.relam),
        (SELECT s.spcname FROM pg_catalog.pg_tablespace s WHERE s.oid = c.reltablespace),
        (SELECT t.reloptions FROM pg_catalog.pg_class t WHERE t.oid = c.reltoastrelid),
        CASE WHEN c.reloftype <> 0 THEN c.reloftype::regtype::text END,
        (SELECT pg_catalog.array_agg(i.inhparent::regclass::text ORDER BY i.inhseqno)
         FROM pg_catalog.pg_inherits i WHERE i.inhrelid = c.oid),
        pg_catalog.pg_get_expr(c.relpartbound, c.oid),
        CASE WHEN c.relkind = 'p' THEN pg_catalog.pg_get_partkeydef(c.oid) END,
        CASE WHEN c.relkind IN ('v', 'm') THEN pg_catalog.pg_get_viewdef(c.oid) END,
        CASE WHEN c.relkind IN ('i', 'I') THEN pg_catalog.pg_get_indexdef(c.oid) END,
        (SELECT pg_catalog.jsonb_build_array(i.indisclustered, i.indisvalid, i.indisreplident)
         FROM pg_catalog.pg_index i WHERE i.indexrelid = c.oid),
        (SELECT pg_catalog.jsonb_build_array(q.seqtypid::regtype::text, q.seqstart, q.seqincrement, q.seqmax, q.seqmin,
                                             q.seqcache, q.seqcycle)
         FROM pg_catalog.pg_sequence q WHERE q.seqrelid = c.oid),
        (SELECT pg_catalog.jsonb_build_array(s.srvname, f.ftoptions)
         FROM pg_catalog.pg_foreign_table f JOIN pg_catalog.pg_foreign_server s ON s.oid = f.ftserver
         WHERE f.ftrelid = c.oid))::text
    FROM relation c
    UNION ALL
    SELECT 'pg_catalog.pg_class'::regclass, a.attrelid, a.attnum, pg_catalog.jsonb_build_array(
        pg_catalog.format_type(a.atttypid, a.atttypmod), CASE WHEN a.attcollation <> 0 THEN a.attcollation::regcollation::text END,
        a.attnotnull, a.attidentity, a.attgenerated, a.attstorage, a.attcompression, COALESCE(a.attstattarget, -1),
        -- Postgres 15.20 stamps each column that is created; no user sets that.
        NULLIF(ARRAY(SELECT o FROM pg_catalog.unnest(a.attoptions) AS o WHERE o !~ '^pg_attver='), '{}'),
        a.attfdwoptions, a.attislocal, a.attinhcount,
        (SELECT pg_catalog.pg_get_expr(f.adbin, f.adrelid)
         FROM pg_catalog.pg_attrdef f WHERE f.adrelid = a.attrelid AND f.adnum = a.attnum))::text
    FROM pg_catalog.pg_attribute a
    JOIN relation c ON c.oid = a.attrelid
    WHERE a.attnum > 0 AND NOT a.attisdropped AND (c.relkind IN ('r', 'p', 'v', 'm', 'f', 'c') OR a.attstattarget >= 0)
    UNION ALL
    SELECT 'pg_catalog.pg_constraint'::regclass, k.oid, 0, pg_catalog.jsonb_build_array(
        pg_catalog.pg_get_constraintdef(k.oid), k.convalidated, k.conislocal, k.coninhcount)::text
    FROM pg_catalog.pg_constraint k
    WHERE k.oid >= 16384 AND k.contype <> 't'
    UNION ALL
    SELECT 'pg_catalog.pg_trigger'::regclass, t.oid, 0, pg_catalog.pg_get_triggerdef(t.oid) || ' ' || t.tgenabled::text
    FROM pg_catalog.pg_trigger t
    WHERE NOT t.tgisinternal
    UNION ALL
    SELECT 'pg_catalog.pg_rewrite'::regclass, r.oid, 0, pg_catalog.pg_get_ruledef(r.oid) || ' ' || r.ev_enabled::text
    FROM pg_catalog.pg_rewrite r
    WHERE r.oid >= 16384
    UNION ALL
    SELECT 'pg_catalog.pg_policy'::regclass, p.oid, 0, pg_catalog.jsonb_build_array(
        p.polcmd, p.polpermissive, pg_catalog.pg_get_expr(p.polqual, p.polrelid),
        pg_catalog.pg_get_expr(p.polwithcheck, p.polrelid),
        (SELECT pg_catalog.array_agg(CASE r WHEN 0 THEN 'public' ELSE pg_catalog.quote_ident(pg_catalog.pg_get_userbyid(r)) END ORDER BY r)
         FROM pg_catalog.unnest(p.polroles) AS r))::text
    FROM pg_catalog.pg_policy p
    UNION ALL
    SELECT 'pg_catalog.pg_proc'::regclass, p.oid, 0,
        CASE WHEN p.prokind <> 'a' THEN pg_catalog.pg_get_functiondef(p.oid)
        ELSE (SELECT (pg_catalog.to_jsonb(g) - 'aggfnoid' - 'aggsortop' - 'aggtranstype' - 'aggmtranstype')::text
                     || g.aggtranstype::regtype::text || ' ' || g.aggmtranstype::regtype::text || ' ' || g.aggsortop::regoperator::text
              FROM pg_catalog.pg_aggregate g WHERE g.aggfnoid = p.oid) END
    FROM pg_catalog.pg_proc p
    JOIN pg_catalog.pg_namespace n ON n.oid = p.pronamespace
    WHERE p.oid >= 16384 AND n.nspname !~ '^pg_temp'
    UNION ALL
    SELECT 'pg_catalog.pg_type'::regclass, t.oid, 0, pg_catalog.jsonb_build_array(
        t.typtype, t.typlen, t.typbyval, t.typcategory, t.typispreferred, t.typdelim, t.typalign, t.typstorage, t.typnotnull,
        t.typdefault, t.typinput::text, t.typoutput::text, t.typreceive::text, t.typsend::text, t.typmodin::text,
        t.typmodout::text, t.typanalyze::text, pg_catalog.format_type(NULLIF(t.typbasetype, 0), t.typtypmod),
        CASE WHEN t.typcollation <> 0 THEN t.typcollation::regcollation::text END,
        (SELECT pg_catalog.array_agg(e.enumlabel ORDER BY e.enumsortorder)
         FROM pg_catalog.pg_enum e WHERE e.enumtypid = t.oid),
        (SELECT pg_catalog.jsonb_build_array(r.rngsubtype::regtype::text, r.rngcanonical::text, r.rngsubdiff::text,
                NULLIF(r.rngcollation, 0)::regcollation::text, o.opcname)
         FROM pg_catalog.pg_range r JOIN pg_catalog.pg_opclass o ON o.oid = r.rngsubopc WHERE r.rngtypid = t.oid))::text
    FROM pg_catalog.pg_type t
    JOIN pg_catalog.pg_namespace n ON n.oid = t.typnamespace
    WHERE t.oid >= 16384 AND t.typtype IN ('b', 'd', 'e', 'r', 'p') AND n.nspname !~ '^pg_(toast|temp)'
      AND NOT EXISTS (SELECT FROM pg_catalog.pg_type e WHERE e.typarray = t.oid)
    UNION ALL
    SELECT 'pg_catalog.pg_statistic_ext'::regclass, s.oid, 0,
        pg_catalog.pg_get_statisticsobjdef(s.oid) || ' ' || COALESCE(s.stxstattarget, -1)
    FROM pg_catalog.pg_statistic_ext s
    UNION ALL
    SELECT 'pg_catalog.pg_extension'::regclass, e.oid, 0, e.extversion || ' in ' || n.nspname
    FROM pg_catalog.pg_extension e
    JOIN pg_catalog.pg_namespace n ON n.oid = e.extnamespace
    WHERE e.oid >= 16384
    UNION ALL
    SELECT 'pg_catalog.pg_event_trigger'::regclass, e.oid, 0,
        pg_catalog.jsonb_build_array(e.evtevent, e.evtfoid::regprocedure::text, e.evtenabled, e.evttags)::text
    FROM pg_catalog.pg_event_trigger e
    UNION ALL
    SELECT 'pg_catalog.pg_publication'::regclass, p.oid, 0,
        (pg_catalog.to_jsonb(p) - 'oid' - 'pubowner')::text
    FROM pg_catalog.pg_publication p
    UNION ALL
    SELECT 'pg_catalog.pg_publication_rel'::regclass, p.oid, 0, pg_catalog.jsonb_build_array(
        pg_catalog.pg_get_expr(p.prqual, p.prrelid),
        (SELECT pg_catalog.array_agg(a.attname ORDER BY a.attname) FROM pg_catalog.pg_attribute a
         WHERE a.attrelid = p.prrelid AND a.attnum = ANY (p.prattrs)))::text
    FROM pg_catalog.pg_publication_rel p
    UNION ALL
    SELECT 'pg_catalog.pg_publication_namespace'::regclass, p.oid, 0, '' FROM pg_catalog.pg_publication_namespace p
    UNION ALL
    SELECT 'pg_catalog.pg_default_acl'::regclass, d.oid, 0, d.defaclacl::text FROM pg_catalog.pg_default_acl d
    UNION ALL
    SELECT 'pg_catalog.pg_largeobject'::regclass, l.oid, 0, '' FROM pg_catalog.pg_largeobject_metadata l
    UNION ALL
    SELECT 'pg_catalog.pg_foreign_data_wrapper'::regclass, w.oid, 0,
        pg_catalog.jsonb_build_array(w.fdwhandler::regproc::text, w.fdwvalidator::regproc::text, w.fdwoptions)::text
    FROM pg_catalog.pg_foreign_data_wrapper w
    UNION ALL
    SELECT 'pg_catalog.pg_foreign_server'::regclass, s.oid, 0,
        pg_catalog.jsonb_build_array(w.fdwname, s.srvtype, s.srvversion, s.srvoptions)::text
    FROM pg_catalog.pg_foreign_server s
    JOIN pg_catalog.pg_foreign_data_wrapper w ON w.oid = s.srvfdw
    UNION ALL
    SELECT 'pg_catalog.pg_user_mapping'::regclass, m.umid, 0, m.umoptions::text FROM pg_catalog.pg_user_mappings m
    UNION ALL
    SELECT 'pg_catalog.pg_language'::regclass, l.oid, 0, pg_catalog.jsonb_build_array(
        l.lanpltrusted, l.lanplcallfoid::regproc::text, l.laninline::regproc::text, l.lanvalidator::regproc::text)::text
    FROM pg_catalog.pg_language l WHERE l.oid >= 16384
    UNION ALL
    SELECT 'pg_catalog.pg_cast'::regclass, c.oid, 0,
        c.castcontext::text || c.castmethod::text || ' ' || c.castfunc::regprocedure::text
    FROM pg_catalog.pg_cast c WHERE c.oid >= 16384
    UNION ALL
    SELECT 'pg_catalog.pg_collation'::regclass, c.oid, 0,
        (pg_catalog.to_jsonb(c) - 'oid' - 'collname' - 'collnamespace' - 'collowner' - 'collversion')::text
    FROM pg_catalog.pg_collation c WHERE c.oid >= 16384
    UNION ALL
    SELECT 'pg_catalog.pg_conversion'::regclass, c.oid, 0,
        pg_catalog.jsonb_build_array(c.conforencoding, c.contoencoding, c.conproc::text, c.condefault)::text
    FROM pg_catalog.pg_conversion c WHERE c.oid >= 16384
    UNION ALL
    SELECT 'pg_catalog.pg_operator'::regclass, o.oid, 0, pg_catalog.jsonb_build_array(
        o.oprcanmerge, o.oprcanhash, o.oprresult::regtype::text, o.oprcom::regoperator::text, o.oprnegate::regoperator::text,
        o.oprcode::text, o.oprrest::text, o.oprjoin::text)::text
    FROM pg_catalog.pg_operator o WHERE o.oid >= 16384
    UNION ALL
    SELECT 'pg_catalog.pg_opclass'::regclass, o.oid, 0, pg_catalog.jsonb_build_array(
        o.opcintype::regtype::text, o.opcdefault, o.opckeytype::regtype::text, f.opfname)::text
    FROM pg_catalog.pg_opclass o
    JOIN pg_catalog.pg_opfamily f ON f.oid = o.opcfamily
    WHERE o.oid >= 16384
    UNION ALL
    SELECT 'pg_catalog.pg_opfamily'::regclass, f.oid, 0, '' FROM pg_catalog.pg_opfamily f WHERE f.oid >= 16384
    UNION ALL
    SELECT 'pg_catalog.pg_amop'::regclass, a.oid, 0, a.amoppurpose::text || ' ' || a.amopopr::regoperator::text
    FROM pg_catalog.pg_amop a WHERE a.oid >= 16384
    UNION ALL
    SELECT 'pg_catalog.pg_amproc'::regclass, a.oid, 0, a.amproc::text FROM pg_catalog.pg_amproc a WHERE a.oid >= 16384
    UNION ALL
    SELECT 'pg_catalog.pg_am'::regclass, a.oid, 0, a.amhandler::text || a.amtype::text FROM pg_catalog.pg_am a WHERE a.oid >= 16384
    UNION ALL
    SELECT 'pg_catalog.pg_ts_config'::regclass, c.oid, 0,
        (SELECT pg_catalog.jsonb_build_array(p.prsname, pg_catalog.jsonb_agg(
                    pg_catalog.jsonb_build_array(m.maptokentype, m.mapseqno, m.mapdict::regdictionary::text)
                    ORDER BY m.maptokentype, m.mapseqno))::text
         FROM pg_catalog.pg_ts_parser p
         LEFT JOIN pg_catalog.pg_ts_config_map m ON m.mapcfg = c.oid
         WHERE p.oid = c.cfgparser GROUP BY p.prsname)
    FROM pg_catalog.pg_ts_config c WHERE c.oid >= 16384
    UNION ALL
    SELECT 'pg_catalog.pg_ts_dict'::regclass, d.oid, 0, t.tmplname || ' ' || COALESCE(d.dictinitoption, '')
    FROM pg_catalog.pg_ts_dict d
    JOIN pg_catalog.pg_ts_template t ON t.oid = d.dicttemplate
    WHERE d.oid >= 16384
    UNION ALL
    SELECT 'pg_catalog.pg_ts_parser'::regclass, p.oid, 0,
        pg_catalog.jsonb_build_array(p.prsstart::text, p.prstoken::text, p.prsend::text, p.prsheadline::text, p.prslextype::text)::text
    FROM pg_catalog.pg_ts_parser p WHERE p.oid >= 16384
    UNION ALL
    SELECT 'pg_catalog.pg_ts_template'::regclass, t.oid, 0, pg_catalog.jsonb_build_array(t.tmplinit::text, t.tmpllexize::text)::text
    FROM pg_catalog.pg_ts_template t WHERE t.oid >= 16384
    UNION ALL
    SELECT 'pg_catalog.pg_transform'::regclass, t.oid, 0, t.trffromsql::text || ' ' || t.trftosql::text
    FROM pg_catalog.pg_transform t
),
named AS (
    SELECT i.type || ' ' || i.identity AS name, t.definition
    FROM thing t
    CROSS JOIN LATERAL pg_catalog.pg_identify_object(t.classid, t.objid, t.subid) i
    WHERE (t.classid::oid, t.objid) NOT IN (SELECT classid, objid FROM out)
    UNION ALL
    SELECT 'subscription ' || pg_catalog.quote_ident(s.subname), ''
    FROM pg_catalog.pg_subscription s
    WHERE s.subdbid = (SELECT d.oid FROM pg_catalog.pg_database d WHERE d.datname = pg_catalog.current_database())
    UNION ALL
    SELECT 'logical replication slot ' || s.slot_name, ''
    FROM pg_catalog.pg_replication_slots s
    WHERE s.database = pg_catalog.current_database()
    UNION ALL
    SELECT 'disabled trigger of constraint ' || i.identity, t.tgenabled::text
    FROM pg_catalog.pg_trigger t
    CROSS JOIN LATERAL pg_catalog.pg_identify_object('pg_catalog.pg_constraint'::regclass, t.tgconstraint, 0) i
    WHERE t.tgisinternal AND t.tgconstraint <> 0 AND t.tgenabled <> 'O'
    UNION ALL
    SELECT 'comment on ' || i.type || ' ' || i.identity, d.description
    FROM pg_catalog.pg_description d
    CROSS JOIN LATERAL pg_catalog.pg_identify_object(d.classoid, d.objoid, d.objsubid) i
    WHERE (d.objoid >= 16384 OR (d.classoid = 'pg_catalog.pg_namespace'::regclass AND d.objoid = pg_catalog.to_regnamespace('public')
                                 AND d.description <> 'standard public schema'))
      AND (d.classoid, d.objoid) NOT IN (SELECT classid, objid FROM out)
    UNION ALL
    SELECT 'security label on ' || i.type || ' ' || i.identity || ' for ' || l.provider, l.label
    FROM pg_catalog.pg_seclabel l
    CROSS JOIN LATERAL pg_catalog.pg_identify_object(l.classoid, l.objoid, l.objsubid) i
    WHERE (l.classoid, l.objoid) NOT IN (SELECT classid, objid FROM out)
)
SELECT name, pg_catalog.string_agg(COALESCE(definition, ''), ' ' ORDER BY definition) FROM named GROUP BY name ORDER BY name
