-- The roles whose code a session with a superuser's rights runs: its own, and those that are or may become superuser.
trusted AS (
    SELECT r.oid
    FROM pg_catalog.pg_roles r
    WHERE r.rolname OPERATOR(pg_catalog.=) SESSION_USER  -- code of another that the session took on can SET ROLE NONE
       OR EXISTS (SELECT FROM pg_catalog.pg_roles s WHERE s.rolsuper AND pg_catalog.pg_has_role(r.oid, s.oid, 'MEMBER'))
)
