-- Distributions. Each rule is about many rows; `needs` is the least number of rows with which it surely holds.

-- rule: likes_heavy_tail
-- about: the most liked tenth of the published recipes holds about half of the likes
-- between: 0.35 0.65
-- needs: recipes 400, recipe_likes 1500
SELECT sum(n) FILTER (place <= ceil(of / 10)) / sum(n) AS share
FROM (
    SELECT count(e.recipe_id) AS n, row_number() OVER (ORDER BY count(e.recipe_id) DESC) AS place,
        count(*) OVER () AS of
    FROM cookbook AS r LEFT JOIN recipe_likes AS e ON e.recipe_id = r.id
    WHERE r.status = 'published' GROUP BY r.id
) AS ranked;

-- rule: followers_heavy_tail
-- implies: follows_are_returned, publishers_are_followed, friends_of_friends
-- about: the most followed tenth of the users holds about half of the follows
-- between: 0.35 0.65
-- needs: users 200, user_follows 450
SELECT sum(n) FILTER (place <= ceil(of / 10)) / sum(n) AS share
FROM (
    SELECT count(f.followee_id) AS n, row_number() OVER (ORDER BY count(f.followee_id) DESC) AS place,
        count(*) OVER () AS of
    FROM users AS u LEFT JOIN user_follows AS f ON f.followee_id = u.id GROUP BY u.id
) AS ranked;

-- rule: ratings_j_shape
-- about: more ratings have 5 stars than 4, and more have 4 stars than 3
-- limit: 0
-- needs: recipe_ratings 800
SELECT threes, fours, fives FROM (
    SELECT count(*) FILTER (rating = 3) AS threes, count(*) FILTER (rating = 4) AS fours,
        count(*) FILTER (rating = 5) AS fives
    FROM recipe_ratings
) AS counted
WHERE NOT (fives > fours AND fours > threes);

-- rule: ratings_differ_by_recipe
-- implies: liked_recipes_are_rated_well, raters_differ
-- about: ratings vary more between recipes than within them (the F of an analysis of variance; 1 is chance)
-- between: 1.1 20
-- needs: recipe_ratings 800
SELECT
    (sum(n * (mean - grand) ** 2) / (count(*) - 1)) / (sum(squares) / (sum(n) - count(*))) AS f, count(*) AS recipes
FROM (
    SELECT count(*) AS n, avg(rating) AS mean, var_pop(rating) * count(*) AS squares
    FROM recipe_ratings GROUP BY recipe_id HAVING count(*) > 1
) AS by_recipe,
(SELECT avg(rating) AS grand FROM recipe_ratings
 SEMI JOIN (SELECT recipe_id FROM recipe_ratings GROUP BY 1 HAVING count(*) > 1) AS several USING (recipe_id)) AS g;

-- How much more often two likes of one user (one region) have the same cuisine than any two likes. No like is paired with
-- itself, because a user with few likes would then seem to have a taste.
-- rule: tastes_of_users
-- about: how much more often two likes of one user have the same cuisine than any two likes (1 is chance)
-- implies: tastes_of_regions
-- between: 1.3 8
-- needs: recipe_likes 1500
SELECT (sum(same) / sum(pairs)) / any_value(chance) AS lift
FROM (
    SELECT sum(n * (n - 1)) AS same, sum(n) * (sum(n) - 1) AS pairs
    FROM (SELECT user_id, cuisine_type, count(*) AS n FROM tastes GROUP BY ALL) AS c GROUP BY user_id
) AS by_user,
(SELECT sum(n * (n - 1)) / (sum(n) * (sum(n) - 1)) AS chance
 FROM (SELECT count(*) AS n FROM tastes GROUP BY cuisine_type) AS c) AS overall;

-- Users in other regions also have other local times, so a violation breaks the rules about evenings and nights as well.
-- rule: tastes_of_regions
-- about: two likes from one region have the same cuisine 1.15 to 8 times as often as any two likes; below 10,000 likes 1.1 to 8
-- implies: evenings, nights, weekends, home_cuisines, comments_in_the_writers_language, authors_cook_what_they_say
-- limit: 0
-- needs: recipe_likes 1500
SELECT lift FROM (
    SELECT (sum(same) / sum(pairs)) / any_value(chance) AS lift, sum(likes) AS likes
    FROM (
        SELECT sum(n * (n - 1)) AS same, sum(n) * (sum(n) - 1) AS pairs, sum(n) AS likes
        FROM (SELECT region, cuisine_type, count(*) AS n FROM tastes GROUP BY ALL) AS c GROUP BY region
    ) AS by_region,
    (SELECT sum(n * (n - 1)) / (sum(n) * (sum(n) - 1)) AS chance
     FROM (SELECT count(*) AS n FROM tastes GROUP BY cuisine_type) AS c) AS overall
) AS measured WHERE (lift BETWEEN CASE WHEN likes < 10000 THEN 1.1 ELSE 1.15 END AND 8) IS NOT TRUE;

-- rule: tastes_of_diets
-- implies: vegan_authors_cook_vegan, halal_authors_cook_no_pork, people_like_what_they_eat
-- about: how much more often users with a diet like recipes with its tag than all users do (1 is chance)
-- between: 1.2 8
-- needs: recipe_likes 600
SELECT sum(tagged) / sum(usual) AS lift, count(*) AS likes
FROM (
    SELECT list_contains(r.dietary_tags, p.diet)::INTEGER AS tagged, o.share AS usual
    FROM recipe_likes AS e
    JOIN (SELECT id, unnest(dietary_preferences) AS diet FROM users) AS p ON p.id = e.user_id
    JOIN cookbook AS r ON r.id = e.recipe_id
    JOIN (
        SELECT tag AS diet, count(*) / (SELECT count(*) FROM recipe_likes) AS share
        FROM recipe_likes JOIN tagged USING (recipe_id) GROUP BY tag
    ) AS o USING (diet)
) AS liked;

-- rule: collections_keep_their_word
-- about: a cuisine, diet or meal that a collection's name or description names is true of all its recipes
-- limit: 0
SELECT c.name, c.description, c.label, r.title
FROM (
    SELECT id, name, description, unnest(list_distinct(
        regexp_extract_all(lower(concat_ws(' ', name, description)), getvariable('label_pattern'))
    )) AS label
    FROM recipe_collections
) AS c
JOIN recipe_collection_items AS i ON i.collection_id = c.id
JOIN cookbook AS r ON r.id = i.recipe_id
WHERE NOT (r.cuisine_type = c.label OR r.meal_type = c.label
    OR list_contains(r.dietary_tags, replace(c.label, '-', '_')));

-- rule: collections_themed
-- implies: collections_keep_their_word
-- about: share of a collection's items with the same cuisine, diet or meal, minus that share after a shuffle of the items
-- between: 0.04 1
-- needs: recipe_collection_items 500
WITH items AS (  -- of about 100,000 items, because a shuffle sorts them all
    SELECT collection_id, recipe_id, row_number() OVER (ORDER BY collection_id, recipe_id) AS place
    FROM recipe_collection_items
    WHERE md5_number_lower(collection_id::VARCHAR) % (
        SELECT greatest(count(*) // 100000, 1)::UBIGINT FROM recipe_collection_items
    ) = 0
),
-- The shuffle is the same every time: collections keep their sizes, and recipes are in the order of a hash.
dealt AS (
    SELECT i.collection_id, o.recipe_id FROM items AS i
    JOIN (SELECT recipe_id, row_number() OVER (ORDER BY md5(concat(collection_id, recipe_id))) AS place FROM items) AS o
        USING (place)
),
both_ways AS (
    SELECT true AS real, collection_id, recipe_id FROM items
    UNION ALL
    SELECT false, collection_id, recipe_id FROM dealt
),
labelled AS (
    SELECT b.real, b.collection_id, unnest(list_concat([r.cuisine_type, r.meal_type], r.dietary_tags)) AS label
    FROM both_ways AS b JOIN cookbook AS r ON r.id = b.recipe_id
),
best AS (
    SELECT c.real, max(c.n / s.n) AS share
    FROM (SELECT real, collection_id, label, count(*) AS n FROM labelled GROUP BY ALL) AS c
    JOIN (SELECT collection_id, count(*) AS n FROM items GROUP BY 1 HAVING count(*) >= 3) AS s USING (collection_id)
    GROUP BY c.real, c.collection_id
)
SELECT avg(share) FILTER (real) - avg(share) FILTER (NOT real) AS more, round(avg(share) FILTER (real), 4) AS shared,
    round(avg(share) FILTER (NOT real), 4) AS dealt
FROM best;

-- rule: evenings
-- about: share of acts from 17 to 22 o'clock in the user's local time; chance would give a fifth
-- between: 0.35 0.65
-- needs: recipe_likes 600
SELECT sum(n) FILTER (hour BETWEEN 17 AND 21) / sum(n) AS share FROM moments;

-- rule: nights
-- about: share of acts from 0 to 5 o'clock in the user's local time; chance would give a fifth
-- between: 0.002 0.08
-- needs: recipe_likes 600
SELECT sum(n) FILTER (hour < 5) / sum(n) AS share FROM moments;

-- rule: weekends
-- about: share of acts on Saturdays and Sundays; chance would give 0.286
-- between: 0.33 0.60
-- needs: recipe_likes 600
SELECT sum(n) FILTER (weekday >= 5) / sum(n) AS share FROM moments;

-- rule: roles_stratified
-- about: in every hundred users 80 are standard, 15 creators, 4 moderators, 1 admin
-- limit: 0
SELECT role, n, of FROM (
    SELECT w.role, w.share, count(u.id) AS n, (SELECT count(*) FROM users) AS of
    FROM (VALUES ('standard', 80), ('creator', 15), ('moderator', 4), ('admin', 1)) AS w (role, share)
    LEFT JOIN users AS u ON u.role = w.role GROUP BY ALL
) AS counted
WHERE n NOT BETWEEN of // 100 * share AND (of + 99) // 100 * share;

-- rule: deletions_stratified
-- about: in every hundred users 2 are soft-deleted
-- limit: 0
SELECT deleted, of FROM (SELECT count(deleted_at) AS deleted, count(*) AS of FROM users) AS counted
WHERE deleted NOT BETWEEN of // 100 * 2 AND (of + 99) // 100 * 2;

-- rule: comments
-- about: about 70 percent of the ratings have a comment
-- between: 0.62 0.78
-- needs: recipe_ratings 800
SELECT avg((comment IS NOT NULL)::INTEGER) AS share FROM recipe_ratings;
