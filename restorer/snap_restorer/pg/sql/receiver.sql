-- This role and the role %(owner)s, by default the owner of the database, if this role is a superuser and that one may
-- become none.
SELECT s.oid::pg_catalog.int8, o.rolname::pg_catalog.text
FROM pg_catalog.pg_database d
JOIN pg_catalog.pg_roles s ON s.rolname OPERATOR(pg_catalog.=) CURRENT_USER AND s.rolsuper
JOIN pg_catalog.pg_roles o ON o.rolname OPERATOR(pg_catalog.=) COALESCE(%(owner)s::pg_catalog.name, pg_catalog.pg_get_userbyid(d.datdba))
WHERE d.datname OPERATOR(pg_catalog.=) pg_catalog.current_database()
  AND NOT EXISTS (SELECT FROM pg_catalog.pg_roles r WHERE r.rolsuper AND pg_catalog.pg_has_role(o.oid, r.oid, 'MEMBER'))
