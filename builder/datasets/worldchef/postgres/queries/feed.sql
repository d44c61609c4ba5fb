-- about: the newest recipes of a cuisine, with their authors, two dozen to a page
-- parameters: SELECT DISTINCT cuisine_type, meal_type FROM public.recipes ORDER BY 1, 2
SELECT r.id, r.title, r.media_url, r.likes_count, r.rating_average, r.published_at, u.id AS author, u.display_name, u.avatar_url
FROM public.recipes r JOIN public.users u ON u.id = r.author_id
WHERE r.cuisine_type = $1 AND r.meal_type = $2 AND r.status = 'published' AND r.deleted_at IS NULL
ORDER BY r.published_at DESC
LIMIT 24;
