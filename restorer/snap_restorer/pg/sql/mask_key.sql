-- Combine the random bytes of that setting with as many others: what is left is the key.
SELECT pg_catalog.set_config('snap.mask_key', coalesce(pg_catalog.string_agg(pg_catalog.lpad(pg_catalog.to_hex(
    pg_catalog.get_byte(pad.bytes, i) OPERATOR(pg_catalog.#) pg_catalog.get_byte(combined.bytes, i)), 2, '0'), ''
    ORDER BY i), ''), true) IS NOT NULL AS is_set
FROM (SELECT pg_catalog.decode(pg_catalog.current_setting('snap.mask_key'), 'hex')) AS pad (bytes),
    (SELECT pg_catalog.decode({combined}, 'hex')) AS combined (bytes),
    pg_catalog.generate_series(0, {length} OPERATOR(pg_catalog.-) 1) AS i
