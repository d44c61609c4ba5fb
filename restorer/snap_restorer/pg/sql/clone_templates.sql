-- Databases with a template's name and, in their comment, the key of what is wanted. Only the owner or a superuser can
-- write that comment, so one of another role is not among them, whatever it says.
SELECT d.datname AS name
FROM pg_catalog.pg_database d
JOIN pg_catalog.pg_roles r ON r.oid = d.datdba
WHERE d.datname ~ '^snap_tpl_[0-9a-f]{32}$'
  AND (r.rolname = current_user OR r.rolsuper)
  AND pg_catalog.strpos(pg_catalog.shobj_description(d.oid, 'pg_database'), %(mark)s) > 0
ORDER BY d.datname
