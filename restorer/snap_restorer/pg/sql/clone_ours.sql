-- Databases whose names are those that snap gives, and that this role may drop; those last used first.
SELECT d.datname AS name,
       pg_catalog.pg_get_userbyid(d.datdba) AS owner,
       pg_catalog.shobj_description(d.oid, 'pg_database') AS comment,
       pg_catalog.now()::date AS today
FROM pg_catalog.pg_database d
WHERE d.datname ~ ('^snap_(' || %(kinds)s || ')_[0-9a-f]{32}$')
  AND pg_catalog.pg_has_role(d.datdba, 'USAGE')
ORDER BY d.datname
