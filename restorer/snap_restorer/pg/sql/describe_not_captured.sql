-- What a database holds that no capture of all of it carries, one row each: (kind, name). pg_dump's entries for the
-- rest are all taken. Nothing of extensions, and nothing that initdb made.
WITH relation AS MATERIALIZED (
    SELECT c.*, n.nspname, CASE WHEN n.nspname = 'public' THEN pg_catalog.quote_ident(c.relname)
                                ELSE pg_catalog.format('%I.%I', n.nspname, c.relname) END AS label
    FROM pg_catalog.pg_class c
    JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
    WHERE c.oid >= 16384 AND n.nspname !~ '^pg_' AND c.oid <> ALL ({own}::oid[])
      AND NOT EXISTS (SELECT FROM pg_catalog.pg_depend d
                      WHERE d.classid = 'pg_catalog.pg_class'::pg_catalog.regclass AND d.objid = c.oid AND d.deptype = 'e')
), routine AS MATERIALIZED (
    SELECT p.* FROM pg_catalog.pg_proc p
    WHERE p.oid >= 16384
      AND NOT EXISTS (SELECT FROM pg_catalog.pg_depend d
                      WHERE d.classid = 'pg_catalog.pg_proc'::pg_catalog.regclass AND d.objid = p.oid AND d.deptype = 'e')
), owner AS (
    SELECT relowner AS oid FROM relation UNION SELECT proowner FROM routine
)
SELECT 'publication' AS kind, pg_catalog.quote_ident(pubname) AS name FROM pg_catalog.pg_publication
UNION ALL
SELECT 'subscription', pg_catalog.quote_ident(s.subname)
FROM pg_catalog.pg_subscription s
JOIN pg_catalog.pg_database d ON d.oid = s.subdbid AND d.datname = pg_catalog.current_database()
UNION ALL
SELECT 'large object', l.oid::text FROM pg_catalog.pg_largeobject_metadata l
UNION ALL
SELECT 'GRANT on relation', label FROM relation
WHERE relacl IS NOT NULL
   OR EXISTS (SELECT FROM pg_catalog.pg_attribute a WHERE a.attrelid = relation.oid AND a.attacl IS NOT NULL)
UNION ALL
SELECT 'GRANT on routine', p.proname::text FROM routine p WHERE p.proacl IS NOT NULL
UNION ALL
SELECT 'GRANT on schema', pg_catalog.quote_ident(n.nspname) FROM pg_catalog.pg_namespace n
WHERE n.oid >= 16384 AND n.nspname !~ '^pg_' AND n.nspacl IS NOT NULL
UNION ALL
SELECT 'default privilege', pg_catalog.pg_get_userbyid(d.defaclrole)::text FROM pg_catalog.pg_default_acl d
UNION ALL
SELECT 'owner', pg_catalog.pg_get_userbyid(o.oid)::text FROM owner o WHERE (SELECT pg_catalog.count(*) FROM owner) > 1
UNION ALL
SELECT 'setting of the database', COALESCE('role ' || pg_catalog.quote_ident(pg_catalog.pg_get_userbyid(NULLIF(s.setrole, 0)))
           || ': ', '') || pg_catalog.split_part(setting, '=', 1)
FROM pg_catalog.pg_db_role_setting s
JOIN pg_catalog.pg_database d ON d.oid = s.setdatabase AND d.datname = pg_catalog.current_database(),
    pg_catalog.unnest(s.setconfig) AS setting
UNION ALL
SELECT 'comment on the database', d.datname::text
FROM pg_catalog.pg_database d
WHERE d.datname = pg_catalog.current_database()
  AND pg_catalog.shobj_description(d.oid, 'pg_database') IS NOT NULL
UNION ALL
SELECT 'tablespace', label FROM relation WHERE reltablespace <> 0
UNION ALL
SELECT 'table access method', label FROM relation r
JOIN pg_catalog.pg_am a ON a.oid = r.relam
WHERE r.relkind IN ('r', 'm', 'p') AND a.amname <> 'heap'
UNION ALL
SELECT 'user mapping', pg_catalog.format('%s on %I', m.usename, m.srvname) FROM pg_catalog.pg_user_mappings m
UNION ALL
SELECT 'foreign table''s rows', label FROM relation WHERE relkind = 'f' AND NOT relispartition
ORDER BY 1, 2
