-- Databases of this role that runs of tests made and were not asked to keep, by their names and comments: what a run
-- that died left has no comment where it died in between.
SELECT d.datname AS name, pg_catalog.substring(d.datname, '^snap_test_([0-9a-f]{16})_') AS run
FROM pg_catalog.pg_database d
JOIN pg_catalog.pg_roles r ON r.oid = d.datdba
WHERE d.datname ~ '^snap_test_[0-9a-f]{16}_[0-9]+$'
  AND r.rolname = current_user
  AND COALESCE(pg_catalog.shobj_description(d.oid, 'pg_database'), %(mark)s) = %(mark)s
ORDER BY d.datname
