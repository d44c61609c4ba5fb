-- What triggers keep in a living database, counted anew. The names are those of the rules that a snapshot passes.

-- rule: counters_likes
-- limit: 0
SELECT r.id, r.likes_count, COALESCE(d.n, 0) AS likes
FROM public.recipes r LEFT JOIN (SELECT recipe_id, count(*) AS n FROM public.recipe_likes GROUP BY 1) d ON d.recipe_id = r.id
WHERE r.likes_count IS DISTINCT FROM COALESCE(d.n, 0);

-- rule: counters_ratings
-- limit: 0
SELECT r.id, r.ratings_count, COALESCE(d.n, 0) AS ratings
FROM public.recipes r LEFT JOIN (SELECT recipe_id, count(*) AS n FROM public.recipe_ratings GROUP BY 1) d ON d.recipe_id = r.id
WHERE r.ratings_count IS DISTINCT FROM COALESCE(d.n, 0);

-- rule: rating_average
-- limit: 0
SELECT r.id, r.rating_average, d.average
FROM public.recipes r
LEFT JOIN (SELECT recipe_id, avg(rating)::numeric(3,2) AS average FROM public.recipe_ratings GROUP BY 1) d ON d.recipe_id = r.id
WHERE r.rating_average IS DISTINCT FROM d.average;

-- rule: counters_collections
-- limit: 0
SELECT r.id, r.collections_count, COALESCE(d.n, 0) AS collections
FROM public.recipes r
LEFT JOIN (SELECT recipe_id, count(*) AS n FROM public.recipe_collection_items GROUP BY 1) d ON d.recipe_id = r.id
WHERE r.collections_count IS DISTINCT FROM COALESCE(d.n, 0);

-- rule: counters_items
-- limit: 0
SELECT c.id, c.items_count, COALESCE(d.n, 0) AS items
FROM public.recipe_collections c
LEFT JOIN (SELECT collection_id, count(*) AS n FROM public.recipe_collection_items GROUP BY 1) d ON d.collection_id = c.id
WHERE c.items_count IS DISTINCT FROM COALESCE(d.n, 0);
