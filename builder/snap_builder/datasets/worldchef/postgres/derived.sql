-- What the schema's triggers keep, held against the rows that they sum up. Postgres; each SELECT gives offending rows.

-- rule: likes_count
-- about: likes_count is how many like the recipe
-- limit: 0
SELECT r.id, r.likes_count, COALESCE(d.n, 0) AS likes
FROM public.recipes AS r
LEFT JOIN (SELECT recipe_id, count(*) AS n FROM public.recipe_likes GROUP BY recipe_id) AS d ON d.recipe_id = r.id
WHERE r.likes_count IS DISTINCT FROM COALESCE(d.n, 0);

-- rule: ratings_count
-- about: ratings_count is how many rated the recipe
-- limit: 0
SELECT r.id, r.ratings_count, COALESCE(d.n, 0) AS ratings
FROM public.recipes AS r
LEFT JOIN (SELECT recipe_id, count(*) AS n FROM public.recipe_ratings GROUP BY recipe_id) AS d ON d.recipe_id = r.id
WHERE r.ratings_count IS DISTINCT FROM COALESCE(d.n, 0);

-- rule: rating_average
-- about: rating_average is the average of the ratings, rounded to hundredths; NULL where there are none
-- limit: 0
SELECT r.id, r.rating_average, d.average
FROM public.recipes AS r
LEFT JOIN (
    SELECT recipe_id, avg(rating)::numeric(3,2) AS average FROM public.recipe_ratings GROUP BY recipe_id
) AS d ON d.recipe_id = r.id
WHERE r.rating_average IS DISTINCT FROM d.average;

-- rule: collections_count
-- about: collections_count is how many collections hold the recipe
-- limit: 0
SELECT r.id, r.collections_count, COALESCE(d.n, 0) AS collections
FROM public.recipes AS r
LEFT JOIN (
    SELECT recipe_id, count(*) AS n FROM public.recipe_collection_items GROUP BY recipe_id
) AS d ON d.recipe_id = r.id
WHERE r.collections_count IS DISTINCT FROM COALESCE(d.n, 0);

-- rule: items_count
-- about: items_count is how many recipes the collection holds
-- limit: 0
SELECT c.id, c.items_count, COALESCE(d.n, 0) AS items
FROM public.recipe_collections AS c
LEFT JOIN (
    SELECT collection_id, count(*) AS n FROM public.recipe_collection_items GROUP BY collection_id
) AS d ON d.collection_id = c.id
WHERE c.items_count IS DISTINCT FROM COALESCE(d.n, 0);

-- rule: last_active_at
-- about: last_active_at is no earlier than anything that the user did
-- limit: 0
SELECT u.id, u.last_active_at, d.moment
FROM public.users AS u
JOIN (
    SELECT user_id, max(moment) AS moment
    FROM (
        SELECT user_id, created_at AS moment FROM public.recipe_likes
        UNION ALL SELECT user_id, updated_at FROM public.recipe_ratings
        UNION ALL SELECT follower_id, created_at FROM public.user_follows
        UNION ALL
            SELECT author_id, CASE WHEN status = 'draft' THEN created_at ELSE GREATEST(created_at, published_at) END
            FROM public.recipes
        UNION ALL SELECT user_id, created_at FROM public.recipe_collections
        UNION ALL SELECT c.user_id, i.added_at
            FROM public.recipe_collection_items AS i JOIN public.recipe_collections AS c ON c.id = i.collection_id
    ) AS did
    GROUP BY user_id
) AS d ON d.user_id = u.id
WHERE u.last_active_at < d.moment;
