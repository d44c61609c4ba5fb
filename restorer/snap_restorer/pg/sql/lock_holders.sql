-- Which sessions hold locks on tables and sequences of this database, or the one that restores take, and since when.
SELECT 'session ' || a.pid
           || COALESCE(' of ' || a.usename, '')
           || COALESCE(' (' || NULLIF(a.application_name, '') || ')',
                       CASE WHEN a.backend_type <> 'client backend' THEN ' (' || a.backend_type || ')' END, '')
           || COALESCE(', ' || NULLIF(a.state, 'active'), '')
           || COALESCE(', for ' || pg_catalog.floor(EXTRACT(epoch FROM pg_catalog.clock_timestamp() - a.xact_start))
                       || ' s', '') AS session,
       COALESCE(pg_catalog.array_agg(DISTINCT
           CASE WHEN n.nspname = 'public' THEN c.relname ELSE n.nspname || '.' || c.relname END::text)
           FILTER (WHERE c.oid IS NOT NULL), '{}') AS tables,
       a.pid,
       CASE WHEN a.state IN ('idle in transaction', 'idle in transaction (aborted)')
           THEN EXTRACT(epoch FROM pg_catalog.clock_timestamp() - a.state_change)::float8 END AS idle_s,
       pg_catalog.bool_or(l.locktype = 'advisory') AS restores
FROM pg_catalog.pg_locks l
JOIN pg_catalog.pg_stat_activity a ON a.pid = l.pid
LEFT JOIN pg_catalog.pg_class c ON l.locktype = 'relation' AND c.oid = l.relation AND c.relkind IN ('r', 'p', 'm', 'S')
LEFT JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
WHERE l.granted
  AND l.database = (SELECT d.oid FROM pg_catalog.pg_database d WHERE d.datname = pg_catalog.current_database())
  AND l.pid <> pg_catalog.pg_backend_pid() AND l.pid <> ALL (%(ours)s::integer[])
  AND (n.nspname NOT IN ('pg_catalog', 'pg_toast', 'information_schema')
       OR (l.locktype = 'advisory' AND l.classid::bigint = %(space)s AND l.objid::bigint = %(number)s))
GROUP BY a.pid, a.usename, a.application_name, a.backend_type, a.state, a.state_change, a.xact_start
ORDER BY a.xact_start NULLS LAST, a.pid
