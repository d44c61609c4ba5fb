SELECT version, digest, as_of_shift_days, mode, state, rows, loaded_at, snap_version
FROM snap.ledger
ORDER BY id DESC
LIMIT 1
