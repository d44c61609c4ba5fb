-- rule: cache_hits
-- about: the ingredient lines of a fixed sample of recipes have their row in the nutrition cache, by the function's own key
-- between: 0.90 1
SELECT count(n.ingredient_hash)::float8 / NULLIF(count(*), 0) AS rate, count(n.ingredient_hash) AS hits, count(*) AS lines
FROM (
    SELECT ingredients FROM public.recipes WHERE status = 'published' AND deleted_at IS NULL ORDER BY md5(id::text), id LIMIT 200
) r
CROSS JOIN LATERAL jsonb_array_elements(r.ingredients) AS line
CROSS JOIN LATERAL (
    SELECT encode(sha256(convert_to(
        pg_temp.cache_key(line ->> 'name', (line ->> 'quantity')::float8, line ->> 'unit'), 'UTF8')), 'hex') AS hash
) k
LEFT JOIN public.nutrition n ON n.ingredient_hash = k.hash;
