-- Roles whose rights this role does not have.
SELECT r.rolname FROM pg_catalog.pg_roles r WHERE NOT pg_catalog.pg_has_role(r.oid, 'USAGE')
