-- A recipe in full, with its author and its latest ratings.
-- parameters
SELECT r.id FROM public.recipes AS r
WHERE r.status = 'published' AND r.deleted_at IS NULL
ORDER BY md5(r.id::text);
-- query
SELECT r.id, r.title, r.slug, r.description, r.ingredients, r.instructions, r.prep_duration, r.cook_duration, r.servings,
    r.difficulty, r.cuisine_type, r.meal_type, r.dietary_tags, r.nutrition, r.media_url, r.published_at,
    r.likes_count, r.ratings_count, r.rating_average, r.collections_count, u.id AS author_id, u.display_name, u.avatar_url,
    (
        SELECT jsonb_agg(g ORDER BY g.created_at DESC)
        FROM (
            SELECT g.rating, g.comment, g.created_at, p.display_name
            FROM public.recipe_ratings AS g JOIN public.users AS p ON p.id = g.user_id
            WHERE g.recipe_id = r.id
            ORDER BY g.created_at DESC LIMIT 10
        ) AS g
    ) AS ratings
FROM public.recipes AS r
JOIN public.users AS u ON u.id = r.author_id
WHERE r.id = $1;
