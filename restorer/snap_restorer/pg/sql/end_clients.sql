-- End the clients' sessions of a database that this role may end.
SELECT pg_catalog.pg_terminate_backend(a.pid, 5000)
FROM pg_catalog.pg_stat_activity a
WHERE a.datname = %(database)s AND a.backend_type = 'client backend'
  AND pg_catalog.pg_has_role(a.usesysid, 'USAGE')
