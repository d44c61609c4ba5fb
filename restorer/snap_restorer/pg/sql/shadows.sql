-- To a session that may act as a superuser: functions and operators of other roles in the schemas of a search path, which
-- could be called in place of pg_catalog's.
WITH candidate (name, owner, namespace) AS (
    SELECT p.oid::pg_catalog.regprocedure::text, p.proowner, p.pronamespace FROM pg_catalog.pg_proc p
    UNION ALL
    SELECT o.oid::pg_catalog.regoperator::text, o.oprowner, o.oprnamespace FROM pg_catalog.pg_operator o
)
SELECT candidate.name, r.rolname
FROM candidate
JOIN pg_catalog.pg_namespace n ON n.oid = candidate.namespace
JOIN pg_catalog.pg_roles r ON r.oid = candidate.owner
WHERE pg_catalog.current_setting('is_superuser') = 'on'
  AND NOT r.rolsuper
  AND n.nspname = ANY (pg_catalog.array_append(pg_catalog.string_to_array(pg_catalog.translate(
      %(path)s, ' "', ''), ','), session_user::text))
ORDER BY candidate.name
LIMIT 1
