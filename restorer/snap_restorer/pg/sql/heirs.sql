-- Which of some relations inherit from which, as ANALYZE of a table reads its heirs; and which share a domain whose CHECK
-- is NOT VALID, which one session takes off and puts back.
WITH RECURSIVE
-- include: holders
, bound AS (
    SELECT DISTINCT h.key, a.attrelid AS oid
    FROM holders h
    JOIN pg_catalog.pg_attribute a ON a.atttypid = h.type AND a.attnum > 0 AND NOT a.attisdropped
    WHERE a.attrelid = ANY (%(oids)s::oid[])
)
SELECT i.inhparent::bigint, i.inhrelid::bigint
FROM pg_catalog.pg_inherits i
WHERE i.inhparent = ANY (%(oids)s::oid[]) AND i.inhrelid = ANY (%(oids)s::oid[])
UNION
SELECT a.oid::bigint, b.oid::bigint
FROM bound a
JOIN bound b ON b.key = a.key AND b.oid > a.oid
