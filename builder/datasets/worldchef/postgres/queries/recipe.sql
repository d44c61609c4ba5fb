-- about: a recipe's page: all of it, its author, its newest ratings
-- parameters: SELECT id FROM public.recipes WHERE status = 'published' AND deleted_at IS NULL ORDER BY md5(id::text) LIMIT 100
SELECT r.*, u.display_name, u.avatar_url,
    (
        SELECT jsonb_agg(to_jsonb(g)) FROM (
            SELECT g.rating, g.comment, g.created_at, v.display_name
            FROM public.recipe_ratings g JOIN public.users v ON v.id = g.user_id
            WHERE g.recipe_id = r.id ORDER BY g.created_at DESC LIMIT 10
        ) g
    ) AS ratings
FROM public.recipes r JOIN public.users u ON u.id = r.author_id
WHERE r.id = $1;
