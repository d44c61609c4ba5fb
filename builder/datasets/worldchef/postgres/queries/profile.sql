-- about: a person's page: who they are, who follows them, their recipes
-- parameters: SELECT id FROM public.users WHERE deleted_at IS NULL ORDER BY md5(id::text) LIMIT 100
SELECT u.id, u.display_name, u.bio, u.location, u.avatar_url,
    (SELECT count(*) FROM public.user_follows f WHERE f.followee_id = u.id) AS followers,
    (SELECT count(*) FROM public.user_follows f WHERE f.follower_id = u.id) AS following,
    (
        SELECT jsonb_agg(to_jsonb(r)) FROM (
            SELECT r.id, r.title, r.media_url, r.likes_count FROM public.recipes r
            WHERE r.author_id = u.id AND r.status = 'published' AND r.deleted_at IS NULL
            ORDER BY r.published_at DESC LIMIT 24
        ) r
    ) AS recipes
FROM public.users u
WHERE u.id = $1;
