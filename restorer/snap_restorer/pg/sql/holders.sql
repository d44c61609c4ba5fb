-- By the OID of each CHECK of a domain that is NOT VALID, the types whose values it binds. For WITH RECURSIVE.
holders (key, type) AS (
    SELECT k.oid, k.contypid
    FROM pg_catalog.pg_constraint k
    WHERE k.contypid <> 0 AND NOT k.convalidated
    UNION
    SELECT h.key, t.oid
    FROM holders h
    JOIN pg_catalog.pg_type t ON h.type IN (t.typbasetype, t.typelem)
        OR EXISTS (SELECT FROM pg_catalog.pg_attribute a
                   WHERE a.attrelid = t.typrelid AND a.atttypid = h.type AND NOT a.attisdropped)
        OR EXISTS (SELECT FROM pg_catalog.pg_range g WHERE g.rngsubtype = h.type AND t.oid IN (g.rngtypid, g.rngmultitypid))
)
