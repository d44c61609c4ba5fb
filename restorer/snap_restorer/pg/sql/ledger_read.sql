-- Through to_jsonb a ledger of an older snap, which lacks the last column, reads the same.
SELECT version, digest, as_of_shift_days, mode, state, rows, loaded_at, snap_version,
       NULLIF(pg_catalog.to_jsonb(l) -> 'unfinished', 'null') AS unfinished
FROM snap.ledger l
ORDER BY id DESC
LIMIT 1
