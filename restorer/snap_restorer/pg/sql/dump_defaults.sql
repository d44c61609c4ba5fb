-- ALTER DEFAULT PRIVILEGES IN SCHEMA: whose, where, for what, and the privileges. `ours`: this role may change them.
SELECT pg_catalog.pg_get_userbyid(d.defaclrole) AS role, n.nspname AS schema, d.defaclobjtype::text AS kind,
       pg_catalog.pg_has_role(d.defaclrole, 'USAGE') AS ours,
       (SELECT COALESCE(pg_catalog.jsonb_agg(pg_catalog.jsonb_build_array(
                   pg_catalog.pg_get_userbyid(e.grantor),
                   CASE WHEN e.grantee <> 0 THEN pg_catalog.pg_get_userbyid(e.grantee) END,
                   e.privilege_type, e.is_grantable)), '[]')
        FROM pg_catalog.aclexplode(d.defaclacl) e) AS privileges
FROM pg_catalog.pg_default_acl d JOIN pg_catalog.pg_namespace n ON n.oid = d.defaclnamespace
WHERE n.nspname = ANY (%(schemas)s::text[])
ORDER BY 2, 1, 3
