-- A page of what those whom a user follows published last.
-- parameters
SELECT f.follower_id FROM public.user_follows AS f GROUP BY f.follower_id ORDER BY md5(f.follower_id::text);
-- query
SELECT r.id, r.title, r.media_url, r.likes_count, r.rating_average, r.published_at, u.display_name
FROM public.user_follows AS f
JOIN public.recipes AS r ON r.author_id = f.followee_id AND r.status = 'published' AND r.deleted_at IS NULL
JOIN public.users AS u ON u.id = r.author_id
WHERE f.follower_id = $1
ORDER BY r.published_at DESC
LIMIT 20;
