-- Of the extensions `names`, in the schemas `schemas`: those that the server ships, that are not here, and that only a
-- superuser may create. `present` says whether the schema is there.
SELECT a.name, w.schema, n.oid IS NOT NULL AS present
FROM ROWS FROM (pg_catalog.unnest(%(names)s::pg_catalog.text[]), pg_catalog.unnest(%(schemas)s::pg_catalog.text[]))
    AS w (name, schema)
JOIN pg_catalog.pg_available_extensions a ON a.name OPERATOR(pg_catalog.=) w.name::pg_catalog.name
JOIN pg_catalog.pg_available_extension_versions v
    ON v.name OPERATOR(pg_catalog.=) a.name AND v.version OPERATOR(pg_catalog.=) a.default_version
LEFT JOIN pg_catalog.pg_namespace n ON n.nspname OPERATOR(pg_catalog.=) w.schema::pg_catalog.name
WHERE a.installed_version IS NULL AND v.superuser AND NOT v.trusted
