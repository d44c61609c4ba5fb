-- Keep as many random bytes as some hashes hold, as hexadecimal digits, in a setting of this transaction, and return them.
SELECT pg_catalog.set_config('snap.mask_key', pg_catalog.string_agg(pg_catalog.encode(pg_catalog.sha256(
    pg_catalog.uuid_send(pg_catalog.gen_random_uuid())), 'hex'), ''), true) AS pad
FROM pg_catalog.generate_series(1, {blocks})
