-- Of the extensions `names`: those that the server does not ship and this database does not have.
SELECT w.name
FROM pg_catalog.unnest(%(names)s::pg_catalog.text[]) AS w (name)
WHERE NOT EXISTS (
    SELECT FROM pg_catalog.pg_available_extensions a WHERE a.name OPERATOR(pg_catalog.=) w.name::pg_catalog.name
) AND NOT EXISTS (
    SELECT FROM pg_catalog.pg_extension e WHERE e.extname OPERATOR(pg_catalog.=) w.name::pg_catalog.name
)
ORDER BY w.name
