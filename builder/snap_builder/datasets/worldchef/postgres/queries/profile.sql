-- A user's page: who they are, how many follow them, their recipes, their public collections.
-- parameters
SELECT u.id FROM public.users AS u WHERE u.deleted_at IS NULL ORDER BY md5(u.id::text);
-- query
SELECT u.id, u.display_name, u.bio, u.avatar_url, u.location, u.dietary_preferences, u.is_verified,
    (SELECT count(*) FROM public.user_follows AS f WHERE f.followee_id = u.id) AS followers,
    (SELECT count(*) FROM public.user_follows AS f WHERE f.follower_id = u.id) AS following,
    (
        SELECT jsonb_agg(r ORDER BY r.published_at DESC)
        FROM (
            SELECT r.id, r.title, r.media_url, r.likes_count, r.rating_average, r.published_at
            FROM public.recipes AS r
            WHERE r.author_id = u.id AND r.status = 'published' AND r.deleted_at IS NULL
            ORDER BY r.published_at DESC LIMIT 20
        ) AS r
    ) AS recipes,
    (
        SELECT jsonb_agg(c ORDER BY c.updated_at DESC)
        FROM (
            SELECT c.id, c.name, c.items_count, c.updated_at
            FROM public.recipe_collections AS c
            WHERE c.user_id = u.id AND c.is_public AND c.deleted_at IS NULL
            ORDER BY c.updated_at DESC LIMIT 20
        ) AS c
    ) AS collections
FROM public.users AS u
WHERE u.id = $1;
