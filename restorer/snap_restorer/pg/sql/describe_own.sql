-- The tables of snap itself, told by a column of each: others may have a schema snap, or tables of these names.
SELECT c.oid::bigint AS oid, c.relname::text AS name
FROM pg_catalog.pg_class c
JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace AND n.nspname = 'snap'
JOIN pg_catalog.pg_attribute a ON a.attrelid = c.oid AND NOT a.attisdropped
WHERE c.relkind = 'r'
  AND (c.relname::text, a.attname::text)
      IN (('ledger', 'as_of_shift_days'), ('night', 'heartbeat'), ('allowed', 'system_identifier'), ('contents', 'fingerprint'))
ORDER BY 2
