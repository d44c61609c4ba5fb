-- For the rest of the transaction: the path given, and the schemas that extensions live in.
SELECT pg_catalog.set_config('search_path', pg_catalog.concat_ws(', ', %s::text, (
    SELECT pg_catalog.string_agg(DISTINCT pg_catalog.quote_ident(n.nspname), ', ')
    FROM pg_catalog.pg_extension e
    JOIN pg_catalog.pg_namespace n ON n.oid = e.extnamespace
    WHERE n.nspname <> 'pg_catalog'
)), true)
