-- Constraints that existing rows may break, as nobody ever looked (NOT VALID).
SELECT k.conrelid::bigint AS relation, k.conname::text AS name
FROM pg_catalog.pg_constraint k
WHERE k.conrelid <> 0 AND NOT k.convalidated AND COALESCE((pg_catalog.to_jsonb(k) ->> 'conenforced')::boolean, true)
ORDER BY 1, 2
