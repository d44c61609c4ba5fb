-- No sequence: in a copy of a template it may give a number twice after a crash. Restores exclude each other.
-- loaded_at is given, so that no default of the table is evaluated.
INSERT INTO snap.ledger (id, version, digest, as_of_shift_days, mode, state, rows, loaded_at, snap_version, unfinished)
SELECT COALESCE(pg_catalog.max(id), 0) + 1, %(version)s, %(digest)s, %(as_of_shift_days)s, %(mode)s, %(state)s,
       %(rows)s::jsonb, pg_catalog.now(), %(snap_version)s, %(unfinished)s::jsonb
FROM snap.ledger
