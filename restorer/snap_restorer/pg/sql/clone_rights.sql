-- Owners and privileges of everything in this database that has them; of what initdb or an extension made, that of
-- which the privileges were changed since.
-- `movable`: its owner is set by itself; indexes, row types, owned sequences and members of extensions follow others.
-- `columns`: the column's name, where the privileges are a column's.
WITH member AS MATERIALIZED (
    SELECT classid, objid FROM pg_catalog.pg_depend WHERE deptype = 'e'
),
thing (classid, objid, subid, owner, acl, fallback, movable) AS (
    SELECT 'pg_catalog.pg_namespace'::regclass, oid, 0, nspowner, nspacl, 'n', true
    FROM pg_catalog.pg_namespace
    WHERE nspname !~ '^pg_' AND nspname <> 'information_schema'
    UNION ALL
    SELECT 'pg_catalog.pg_class'::regclass, c.oid, 0, c.relowner, c.relacl, CASE c.relkind WHEN 'S' THEN 's' ELSE 'r' END,
           c.relkind <> 'S' OR NOT EXISTS (
               SELECT FROM pg_catalog.pg_depend d
               WHERE d.classid = 'pg_catalog.pg_class'::regclass AND d.objid = c.oid AND d.deptype IN ('a', 'i')
                 AND d.refclassid = 'pg_catalog.pg_class'::regclass)
    FROM pg_catalog.pg_class c
    JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
    WHERE c.relkind IN ('r', 'p', 'v', 'm', 'f', 'S') AND (c.oid >= 16384 OR c.relacl IS NOT NULL)
      AND n.nspname !~ '^pg_(toast|temp)'
    UNION ALL
    SELECT 'pg_catalog.pg_class'::regclass, a.attrelid, a.attnum, c.relowner, a.attacl, 'c', false
    FROM pg_catalog.pg_attribute a
    JOIN pg_catalog.pg_class c ON c.oid = a.attrelid
    WHERE a.attacl IS NOT NULL AND a.attnum > 0 AND NOT a.attisdropped
    UNION ALL
    SELECT 'pg_catalog.pg_proc'::regclass, p.oid, 0, p.proowner, p.proacl, 'f', true
    FROM pg_catalog.pg_proc p WHERE p.oid >= 16384 OR p.proacl IS NOT NULL
    UNION ALL
    SELECT 'pg_catalog.pg_type'::regclass, t.oid, 0, t.typowner, t.typacl, 'T', true
    FROM pg_catalog.pg_type t
    WHERE t.oid >= 16384 AND t.typtype NOT IN ('m', 'p')
      AND (t.typrelid = 0 OR EXISTS (SELECT FROM pg_catalog.pg_class c WHERE c.oid = t.typrelid AND c.relkind = 'c'))
      AND NOT EXISTS (SELECT FROM pg_catalog.pg_type e WHERE e.typarray = t.oid)
    UNION ALL
    SELECT 'pg_catalog.pg_language'::regclass, oid, 0, lanowner, lanacl, 'l', true
    FROM pg_catalog.pg_language WHERE oid >= 16384 OR lanacl IS NOT NULL
    UNION ALL
    SELECT 'pg_catalog.pg_foreign_data_wrapper'::regclass, oid, 0, fdwowner, fdwacl, 'F', true
    FROM pg_catalog.pg_foreign_data_wrapper
    UNION ALL
    SELECT 'pg_catalog.pg_foreign_server'::regclass, oid, 0, srvowner, srvacl, 'S', true FROM pg_catalog.pg_foreign_server
    UNION ALL
    SELECT 'pg_catalog.pg_operator'::regclass, oid, 0, oprowner, NULL, NULL, true FROM pg_catalog.pg_operator WHERE oid >= 16384
    UNION ALL
    SELECT 'pg_catalog.pg_opclass'::regclass, oid, 0, opcowner, NULL, NULL, true FROM pg_catalog.pg_opclass WHERE oid >= 16384
    UNION ALL
    SELECT 'pg_catalog.pg_opfamily'::regclass, oid, 0, opfowner, NULL, NULL, true FROM pg_catalog.pg_opfamily WHERE oid >= 16384
    UNION ALL
    SELECT 'pg_catalog.pg_collation'::regclass, oid, 0, collowner, NULL, NULL, true FROM pg_catalog.pg_collation WHERE oid >= 16384
    UNION ALL
    SELECT 'pg_catalog.pg_conversion'::regclass, oid, 0, conowner, NULL, NULL, true FROM pg_catalog.pg_conversion WHERE oid >= 16384
    UNION ALL
    SELECT 'pg_catalog.pg_ts_config'::regclass, oid, 0, cfgowner, NULL, NULL, true FROM pg_catalog.pg_ts_config WHERE oid >= 16384
    UNION ALL
    SELECT 'pg_catalog.pg_ts_dict'::regclass, oid, 0, dictowner, NULL, NULL, true FROM pg_catalog.pg_ts_dict WHERE oid >= 16384
    UNION ALL
    SELECT 'pg_catalog.pg_statistic_ext'::regclass, oid, 0, stxowner, NULL, NULL, true FROM pg_catalog.pg_statistic_ext
    UNION ALL
    SELECT 'pg_catalog.pg_event_trigger'::regclass, oid, 0, evtowner, NULL, NULL, true FROM pg_catalog.pg_event_trigger
    UNION ALL
    SELECT 'pg_catalog.pg_publication'::regclass, oid, 0, pubowner, NULL, NULL, true FROM pg_catalog.pg_publication
)
SELECT i.type AS kind,
       CASE WHEN t.subid = 0 THEN i.identity ELSE t.objid::regclass::text END AS identity,
       a.attname AS "column",
       pg_catalog.pg_get_userbyid(t.owner) AS owner,
       t.movable AND m.objid IS NULL AS movable,
       (SELECT COALESCE(pg_catalog.jsonb_agg(pg_catalog.jsonb_build_array(
                   pg_catalog.pg_get_userbyid(e.grantor),
                   CASE WHEN e.grantee <> 0 THEN pg_catalog.pg_get_userbyid(e.grantee) END,
                   e.privilege_type, e.is_grantable)), '[]')
        FROM pg_catalog.aclexplode(COALESCE(t.acl, pg_catalog.acldefault(t.fallback::"char", t.owner))) e) AS privileges
FROM thing t
CROSS JOIN LATERAL pg_catalog.pg_identify_object(t.classid, t.objid, t.subid) i
LEFT JOIN pg_catalog.pg_attribute a ON t.subid > 0 AND a.attrelid = t.objid AND a.attnum = t.subid
LEFT JOIN member m ON m.classid = t.classid AND m.objid = t.objid
LEFT JOIN pg_catalog.pg_init_privs p ON p.classoid = t.classid AND p.objoid = t.objid AND p.objsubid = t.subid
WHERE (t.objid >= 16384 AND m.objid IS NULL) OR t.objid = pg_catalog.to_regnamespace('public') OR t.acl IS DISTINCT FROM p.initprivs
ORDER BY CASE t.classid WHEN 'pg_catalog.pg_namespace'::regclass THEN 0 WHEN 'pg_catalog.pg_type'::regclass THEN 1 ELSE 2 END,
         1, 2, 3
