-- The best matches for words that a title holds, filtered by a diet as people do.
-- parameters
SELECT r.title, r.dietary_tags[1:1] AS diets
FROM public.recipes AS r
WHERE r.status = 'published' AND r.deleted_at IS NULL
ORDER BY md5(r.id::text);
-- query
SELECT r.id, r.title, r.description, r.media_url, r.rating_average, ts_rank_cd(r.search, q.words) AS rank
FROM public.recipes AS r
CROSS JOIN websearch_to_tsquery('pg_catalog.english', replace($1::text, ' ', ' or ')) AS q (words)
WHERE r.search @@ q.words AND r.dietary_tags @> $2 AND r.status = 'published' AND r.deleted_at IS NULL
ORDER BY rank DESC, r.published_at DESC
LIMIT 20;
