-- What rows do not show and a night may lose, beyond privileges on objects: publications and their members, triggers and
-- event triggers that fire, row level security, policies, default privileges. `part_of`: the relation or the schema that
-- it goes with, NULL where there is none; `definition`: what may change while the name stays. The kind `present` lists all
-- that another may be part of.
WITH relation AS MATERIALIZED (
    SELECT c.oid, c.oid::regclass::pg_catalog.text AS name, 'relation ' || c.oid::regclass::pg_catalog.text AS label,
            c.relrowsecurity, c.relforcerowsecurity
    FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
    WHERE n.nspname !~ '^pg_' AND n.nspname <> 'information_schema' AND c.relkind IN ('r', 'p', 'v', 'm', 'f')
)
SELECT 'present' AS kind, r.name, r.label AS part_of, NULL AS definition FROM relation r
UNION ALL
SELECT 'present', n.nspname, 'schema ' || pg_catalog.quote_ident(n.nspname), NULL FROM pg_catalog.pg_namespace n
UNION ALL
SELECT 'publications', 'publication ' || pg_catalog.quote_ident(p.pubname), NULL,
       pg_catalog.concat_ws(' ', p.puballtables, p.pubinsert, p.pubupdate, p.pubdelete, p.pubtruncate, p.pubviaroot)
FROM pg_catalog.pg_publication p
UNION ALL
SELECT 'publications', i.type || ' ' || i.identity, r.label,
       pg_catalog.concat_ws(' ', p.prattrs::pg_catalog.text, pg_catalog.pg_get_expr(p.prqual, p.prrelid))
FROM pg_catalog.pg_publication_rel p JOIN relation r ON r.oid = p.prrelid
CROSS JOIN LATERAL pg_catalog.pg_identify_object('pg_catalog.pg_publication_rel'::regclass, p.oid, 0) i
UNION ALL
SELECT 'publications', i.type || ' ' || i.identity, NULL, NULL
FROM pg_catalog.pg_publication_namespace p
CROSS JOIN LATERAL pg_catalog.pg_identify_object('pg_catalog.pg_publication_namespace'::regclass, p.oid, 0) i
UNION ALL
SELECT 'triggers', i.type || ' ' || i.identity, r.label,
       pg_catalog.concat_ws(' ', t.tgenabled, pg_catalog.pg_get_triggerdef(t.oid))
FROM pg_catalog.pg_trigger t JOIN relation r ON r.oid = t.tgrelid
CROSS JOIN LATERAL pg_catalog.pg_identify_object('pg_catalog.pg_trigger'::regclass, t.oid, 0) i
WHERE NOT t.tgisinternal AND t.tgparentid = 0 AND t.tgenabled <> 'D'
UNION ALL
SELECT 'triggers', 'event trigger ' || pg_catalog.quote_ident(e.evtname), NULL,
       pg_catalog.concat_ws(' ', e.evtenabled, e.evtevent, e.evtfoid::regprocedure, e.evttags)
FROM pg_catalog.pg_event_trigger e WHERE e.evtenabled <> 'D'
UNION ALL
SELECT 'row_security', 'row level security of ' || r.name, r.label, NULL FROM relation r WHERE r.relrowsecurity
UNION ALL
SELECT 'row_security', 'forced row level security of ' || r.name, r.label, NULL
FROM relation r WHERE r.relforcerowsecurity
UNION ALL
SELECT 'policies', i.type || ' ' || i.identity, r.label,
       pg_catalog.concat_ws(' ', p.polcmd, p.polpermissive,
           (SELECT pg_catalog.string_agg(name, ', ' ORDER BY name)
            FROM pg_catalog.unnest(p.polroles) role, pg_catalog.pg_get_userbyid(role) name),
           'USING', pg_catalog.pg_get_expr(p.polqual, p.polrelid),
           'CHECK', pg_catalog.pg_get_expr(p.polwithcheck, p.polrelid))
FROM pg_catalog.pg_policy p JOIN relation r ON r.oid = p.polrelid
CROSS JOIN LATERAL pg_catalog.pg_identify_object('pg_catalog.pg_policy'::regclass, p.oid, 0) i
UNION ALL
SELECT 'default_privileges',
       pg_catalog.format('%%s for %%s on new %%s of %%s%%s', e.privilege_type,
           CASE e.grantee WHEN 0 THEN 'PUBLIC' ELSE pg_catalog.pg_get_userbyid(e.grantee) END,
           CASE d.defaclobjtype WHEN 'r' THEN 'tables' WHEN 'S' THEN 'sequences' WHEN 'f' THEN 'functions'
                WHEN 'T' THEN 'types' WHEN 'n' THEN 'schemas' ELSE d.defaclobjtype::pg_catalog.text END,
           pg_catalog.pg_get_userbyid(d.defaclrole), ' in schema ' || n.nspname),
       'schema ' || pg_catalog.quote_ident(n.nspname), NULL
FROM pg_catalog.pg_default_acl d
LEFT JOIN pg_catalog.pg_namespace n ON n.oid = d.defaclnamespace
CROSS JOIN LATERAL pg_catalog.aclexplode(d.defaclacl) e
ORDER BY 1, 2
