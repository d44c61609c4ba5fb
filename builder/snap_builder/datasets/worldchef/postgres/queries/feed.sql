-- A page of the newest recipes of one cuisine and meal, with their authors.
-- parameters
SELECT r.cuisine_type, r.meal_type, max(r.published_at) AS before
FROM public.recipes AS r
WHERE r.status = 'published' AND r.deleted_at IS NULL
GROUP BY r.cuisine_type, r.meal_type, r.published_at
ORDER BY md5(r.published_at::text);
-- query
SELECT r.id, r.title, r.slug, r.media_url, r.dietary_tags, r.likes_count, r.rating_average, r.published_at,
    u.id AS author_id, u.display_name, u.avatar_url
FROM public.recipes AS r
JOIN public.users AS u ON u.id = r.author_id
WHERE r.status = 'published' AND r.deleted_at IS NULL
    AND r.cuisine_type = $1 AND r.meal_type = $2 AND r.published_at <= $3
ORDER BY r.published_at DESC
LIMIT 20;
