-- No sequence: in a copy of a template it may give a number twice after a crash. Restores exclude each other.
INSERT INTO snap.ledger (id, version, digest, as_of_shift_days, mode, state, rows, snap_version, unfinished)
SELECT COALESCE(pg_catalog.max(id), 0) + 1, %(version)s, %(digest)s, %(as_of_shift_days)s, %(mode)s, %(state)s,
       %(rows)s::jsonb, %(snap_version)s, %(unfinished)s::jsonb
FROM snap.ledger
