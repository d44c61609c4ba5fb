WITH
-- include: trusted
SELECT r.rolname::pg_catalog.text
FROM pg_catalog.pg_roles r
JOIN trusted t ON t.oid OPERATOR(pg_catalog.=) r.oid
