-- Counters equal the numbers of rows, and users act only on rows on which they may act.

-- rule: counters_likes
-- limit: 0
SELECT id, likes_count, coalesce(d.n, 0) AS likes
FROM recipes LEFT JOIN (SELECT recipe_id, count(*) AS n FROM recipe_likes GROUP BY 1) AS d ON d.recipe_id = id
WHERE likes_count IS DISTINCT FROM coalesce(d.n, 0);

-- rule: counters_ratings
-- limit: 0
SELECT id, ratings_count, coalesce(d.n, 0) AS ratings
FROM recipes LEFT JOIN (SELECT recipe_id, count(*) AS n FROM recipe_ratings GROUP BY 1) AS d ON d.recipe_id = id
WHERE ratings_count IS DISTINCT FROM coalesce(d.n, 0);

-- rule: rating_average
-- about: rating_average is the average of the ratings, rounded half up to hundredths; NULL if there are no ratings
-- limit: 0
SELECT id, rating_average, d.hundredths / 100 AS average
FROM recipes LEFT JOIN (
    SELECT recipe_id, (200 * sum(rating) + count(*)) // (2 * count(*)) AS hundredths FROM recipe_ratings GROUP BY 1
) AS d ON d.recipe_id = id
WHERE (rating_average * 100)::BIGINT IS DISTINCT FROM d.hundredths::BIGINT;

-- rule: counters_collections
-- about: collections_count is the number of collections that hold the recipe
-- limit: 0
SELECT id, collections_count, coalesce(d.n, 0) AS collections
FROM recipes LEFT JOIN (SELECT recipe_id, count(*) AS n FROM recipe_collection_items GROUP BY 1) AS d
    ON d.recipe_id = id
WHERE collections_count IS DISTINCT FROM coalesce(d.n, 0);

-- rule: counters_items
-- limit: 0
SELECT id, items_count, coalesce(d.n, 0) AS items
FROM recipe_collections LEFT JOIN (SELECT collection_id, count(*) AS n FROM recipe_collection_items GROUP BY 1) AS d
    ON d.collection_id = id
WHERE items_count IS DISTINCT FROM coalesce(d.n, 0);

-- rule: positions_in_order
-- about: a collection's items have different positions from 1 on; up to three positions of removed items are empty
-- limit: 0
SELECT collection_id, list(position ORDER BY position) AS positions FROM recipe_collection_items
GROUP BY collection_id
HAVING min(position) <> 1 OR max(position) > count(*) + 3 OR count(DISTINCT position) <> count(*);

-- rule: no_own_likes
-- limit: 0
SELECT user_id, recipe_id FROM recipe_likes AS e JOIN cookbook AS r ON r.id = e.recipe_id AND r.author_id = e.user_id;

-- rule: no_own_ratings
-- limit: 0
SELECT user_id, recipe_id FROM recipe_ratings AS e JOIN cookbook AS r ON r.id = e.recipe_id AND r.author_id = e.user_id;

-- rule: no_own_follows
-- limit: 0
-- each: user_follows
SELECT follower_id, followee_id FROM user_follows WHERE follower_id = followee_id;

-- rule: ratings_in_range
-- about: ratings are 1 to 5 stars
-- limit: 0
-- each: recipe_ratings
-- implies: rating_average
SELECT id, rating FROM recipe_ratings WHERE rating NOT BETWEEN 1 AND 5;

-- rule: audience_of_published
-- about: no draft is liked, rated or collected
-- limit: 0
SELECT what, user_id, recipe_id, status FROM reactions JOIN cookbook AS r ON r.id = recipe_id
WHERE status = 'draft';

-- rule: authors_publish
-- about: only creators, moderators and admins write recipes
-- limit: 0
SELECT r.id, author_id, role FROM cookbook AS r JOIN users AS u ON u.id = author_id WHERE role = 'standard';
