-- Constraints that existing rows may break, as nobody ever looked (NOT VALID): of tables, and of domains that columns use,
-- beneath other domains, in arrays, composites and ranges too. What a partition has is its table's.
WITH RECURSIVE broken AS (
    SELECT k.*
    FROM pg_catalog.pg_constraint k
    WHERE NOT k.convalidated AND COALESCE((pg_catalog.to_jsonb(k) ->> 'conenforced')::boolean, true)
),
-- include: holders
SELECT COALESCE(pg_catalog.pg_partition_root(k.conrelid)::oid, k.conrelid)::bigint AS relation, k.conname::text AS name, NULL::text AS domain
FROM broken k
WHERE k.conrelid <> 0
UNION
SELECT COALESCE(pg_catalog.pg_partition_root(c.oid)::oid, c.oid)::bigint, k.conname::text, t.typname::text
FROM broken k
JOIN holders h ON h.key = k.oid
JOIN pg_catalog.pg_attribute a ON a.atttypid = h.type AND a.attnum > 0 AND NOT a.attisdropped
JOIN pg_catalog.pg_class c ON c.oid = a.attrelid AND c.relkind IN ('r', 'p')
JOIN pg_catalog.pg_type t ON t.oid = k.contypid
ORDER BY 1, 2, 3
