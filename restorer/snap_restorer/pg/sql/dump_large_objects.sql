SELECT m.oid::text AS name, pg_catalog.pg_get_userbyid(m.lomowner) AS owner,
       pg_catalog.pg_has_role(m.lomowner, 'USAGE') AS ours,
       (SELECT COALESCE(pg_catalog.jsonb_agg(pg_catalog.jsonb_build_array(
                   pg_catalog.pg_get_userbyid(e.grantor),
                   CASE WHEN e.grantee <> 0 THEN pg_catalog.pg_get_userbyid(e.grantee) END,
                   e.privilege_type, e.is_grantable)), '[]')
        FROM pg_catalog.aclexplode(COALESCE(m.lomacl, pg_catalog.acldefault('L', m.lomowner))) e) AS privileges
FROM pg_catalog.pg_largeobject_metadata m
ORDER BY m.oid
