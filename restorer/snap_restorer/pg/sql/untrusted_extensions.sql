-- The extensions that this server ships, that are not here, and that only a superuser may create.
SELECT DISTINCT v.name::pg_catalog.text
FROM pg_catalog.pg_available_extension_versions v
WHERE v.superuser AND NOT v.trusted
  AND NOT EXISTS (SELECT FROM pg_catalog.pg_extension e WHERE e.extname OPERATOR(pg_catalog.=) v.name)
