-- The ingredient lines of a fixed sample of recipes, as the Edge Function nutrition_enrichment takes them.
SELECT (
    SELECT jsonb_agg(jsonb_build_object('name', line -> 'name', 'quantity', line -> 'quantity', 'unit', line -> 'unit'))
    FROM jsonb_array_elements(ingredients) AS line
) AS ingredients
FROM public.recipes
WHERE status = 'published' AND deleted_at IS NULL
ORDER BY md5(id::text), id
LIMIT $1
