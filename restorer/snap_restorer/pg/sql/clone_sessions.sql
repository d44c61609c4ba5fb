-- What keeps a database from being renamed. Autovacuum's workers are ended by the server itself.
SELECT 'session ' || a.pid
           || COALESCE(' of ' || a.usename, '')
           || COALESCE(' (' || NULLIF(a.application_name, '') || ')',
                       CASE WHEN a.backend_type <> 'client backend' THEN ' (' || a.backend_type || ')' END, '')
FROM pg_catalog.pg_stat_activity a
WHERE a.datid = %(oid)s AND a.pid <> pg_catalog.pg_backend_pid()
  AND a.backend_type IS DISTINCT FROM 'autovacuum worker'
UNION ALL
SELECT 'prepared transaction ' || p.gid || ' of ' || p.owner
FROM pg_catalog.pg_prepared_xacts p
JOIN pg_catalog.pg_database d ON d.datname = p.database
WHERE d.oid = %(oid)s
ORDER BY 1
