-- End a session that is idle in its transaction, and wait for its end. It may have gone on since it was looked at.
SELECT pg_catalog.pg_terminate_backend(a.pid, %s)
FROM pg_catalog.pg_stat_activity a
WHERE a.pid = %s
  AND a.state IN ('idle in transaction', 'idle in transaction (aborted)')
  AND EXTRACT(epoch FROM pg_catalog.clock_timestamp() - a.state_change) >= %s::float8
