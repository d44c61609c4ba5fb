-- about: a full-text search, best matches first
-- parameters: SELECT substring(title from '[A-Za-z]{4,}') FROM public.recipes WHERE title ~ '[A-Za-z]{4,}' ORDER BY md5(id::text) LIMIT 100
SELECT r.id, r.title, r.media_url, ts_rank(r.search, q) AS rank
FROM public.recipes r, websearch_to_tsquery('pg_catalog.english', $1) AS q
WHERE r.search @@ q AND r.status = 'published' AND r.deleted_at IS NULL
ORDER BY rank DESC, r.likes_count DESC, r.id
LIMIT 24;
