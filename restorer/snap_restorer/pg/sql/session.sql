-- Settings for one transaction. A setting that this server does not have (transaction_timeout before 17) is left out.
SELECT pg_catalog.set_config(wanted.name, wanted.value, true)
FROM ROWS FROM (pg_catalog.unnest(%(names)s::text[]), pg_catalog.unnest(%(values)s::text[])) AS wanted (name, value)
WHERE pg_catalog.current_setting(wanted.name, true) IS NOT NULL
