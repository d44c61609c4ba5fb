-- Whether code in this session runs as a superuser, may make itself one, or reaches the server's programs and files.
SELECT EXISTS (
    SELECT
    FROM pg_catalog.pg_roles r
    WHERE (r.rolsuper
           OR r.rolname OPERATOR(pg_catalog.=) ANY (
               ARRAY['pg_execute_server_program', 'pg_write_server_files', 'pg_read_server_files']::pg_catalog.name[]))
      AND (pg_catalog.pg_has_role(SESSION_USER, r.oid, 'MEMBER')
           OR pg_catalog.pg_has_role(CURRENT_USER, r.oid, 'MEMBER'))
)
