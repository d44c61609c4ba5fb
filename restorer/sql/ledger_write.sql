INSERT INTO snap.ledger (version, digest, as_of_shift_days, mode, state, rows, snap_version, unfinished)
VALUES (%(version)s, %(digest)s, %(as_of_shift_days)s, %(mode)s, %(state)s, %(rows)s::jsonb, %(snap_version)s,
        %(unfinished)s::jsonb)
