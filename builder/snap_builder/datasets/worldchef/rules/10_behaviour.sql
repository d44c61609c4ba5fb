-- People's behaviour across tables. Each rule is about many rows; `needs` is the least number of rows with which it holds.

-- rule: no_rush_before_as_of
-- about: likes, ratings, items and follows of the last day ÷ their average on the same weekday of the four weeks before
-- between: 0.6 1.2
-- needs: recipe_likes 100000
SELECT count(*) FILTER (age < INTERVAL 1 DAY)
    / (count(*) FILTER (age >= INTERVAL 7 DAY AND epoch(age) % (7 * 86400) < 86400 AND age < INTERVAL 29 DAY) / 4)
    AS ratio
FROM (SELECT getvariable('as_of') - moment AS age FROM acts) AS aged;

-- rule: likes_come_with_age
-- about: average likes of recipes that were published one to seven days ago ÷ average likes of recipes older than 90 days
-- between: 0 0.5
-- needs: recipe_likes 2000
SELECT avg(likes_count) FILTER (age BETWEEN INTERVAL 1 DAY AND INTERVAL 7 DAY)
    / avg(likes_count) FILTER (age > INTERVAL 90 DAY) AS ratio
FROM (SELECT likes_count, getvariable('as_of') - published_at AS age FROM recipes WHERE status = 'published') AS aged;

-- rule: first_likes_come_in_days
-- about: median of the days from publication to the first like, for recipes with ten likes or fewer
-- between: 3 10
-- needs: recipe_likes 2000
SELECT median(epoch(first - published_at) / 86400) AS days
FROM (SELECT recipe_id, min(created_at) AS first FROM recipe_likes GROUP BY recipe_id HAVING count(*) <= 10) AS l
JOIN cookbook AS r ON r.id = l.recipe_id;

-- rule: who_dislikes_does_not_like
-- about: share of one-star ratings whose user also likes the recipe ÷ the same share of five-star ratings
-- between: 0 0.25
-- needs: recipe_ratings 5000
SELECT avg((l.user_id IS NOT NULL)::INTEGER) FILTER (rating = 1)
    / avg((l.user_id IS NOT NULL)::INTEGER) FILTER (rating = 5) AS ratio
FROM recipe_ratings AS g LEFT JOIN recipe_likes AS l USING (user_id, recipe_id);

-- rule: liked_recipes_are_rated_well
-- about: averages of five ratings or more correlate with ln(likes) by 0.2 to 0.5; below 5,000 such recipes the range is wider
-- limit: 0
-- needs: recipe_ratings 1000
SELECT correlation FROM (
    SELECT corr(rating_average, ln(likes_count)) AS correlation, count(*) AS n
    FROM recipes WHERE ratings_count >= 5 AND likes_count > 0
) AS measured
WHERE n > 2
    AND NOT correlation BETWEEN CASE WHEN n < 1000 THEN -0.25 ELSE 0.2 END AND CASE WHEN n < 1000 THEN 0.75 WHEN n < 5000 THEN 0.6 ELSE 0.5 END;

-- rule: raters_differ
-- about: variance of users' average ratings ÷ the variance by chance, for users with three ratings or more
-- between: 1.15 20
-- needs: recipe_ratings 1000
SELECT var_samp(mean) / avg(chance / n) AS ratio
FROM (SELECT avg(rating) AS mean, count(*) AS n FROM recipe_ratings GROUP BY user_id HAVING count(*) >= 3) AS users,
(SELECT var_samp(rating) AS chance FROM recipe_ratings) AS overall;

-- rule: stars
-- about: at most 4 percent of the ratings have one star, and 55 to 72 five; below 10,000 ratings at most 10, and 45 to 77
-- limit: 0
-- needs: recipe_ratings 300
SELECT one, five FROM (
    SELECT avg((rating = 1)::INTEGER) AS one, avg((rating = 5)::INTEGER) AS five, count(*) < 10000 AS few
    FROM recipe_ratings
) AS shares
WHERE one > CASE WHEN few THEN 0.1 ELSE 0.04 END
    OR five NOT BETWEEN CASE WHEN few THEN 0.45 ELSE 0.55 END AND CASE WHEN few THEN 0.77 ELSE 0.72 END;

-- rule: vegan_authors_cook_vegan
-- about: share of vegan authors' recipes that are vegan
-- between: 0.9 1
-- needs: recipes 100
SELECT avg(list_contains(r.dietary_tags, 'vegan')::INTEGER) AS share
FROM cookbook AS r JOIN users AS u ON u.id = r.author_id
WHERE list_contains(u.dietary_preferences, 'vegan');

-- rule: halal_authors_cook_no_pork
-- about: no recipe of a halal author holds pork
-- limit: 0
SELECT h.recipe_id, h.pork
FROM holdings AS h JOIN cookbook AS r ON r.id = h.recipe_id JOIN users AS u ON u.id = r.author_id
WHERE h.pork IS NOT NULL AND list_contains(u.dietary_preferences, 'halal');

-- rule: people_like_what_they_eat
-- about: share of the likes of vegetarian and vegan users that are on recipes with meat or fish
-- between: 0 0.03
-- needs: recipe_likes 300
SELECT avg(h.flesh::INTEGER) AS share
FROM recipe_likes AS e JOIN users AS u ON u.id = e.user_id JOIN holdings AS h ON h.recipe_id = e.recipe_id
WHERE list_has_any(u.dietary_preferences, ['vegetarian', 'vegan']);

-- rule: home_cuisines
-- about: share of authors of three recipes or more with a cuisine of their region among their two most frequent cuisines
-- between: 0.6 1
-- needs: recipes 500
WITH counted AS (
    SELECT r.author_id, u.region, r.cuisine_type, count(*) AS n
    FROM cookbook AS r JOIN users AS u ON u.id = r.author_id GROUP BY ALL
),
ranked AS (
    SELECT author_id, region, cuisine_type, sum(n) OVER (PARTITION BY author_id) AS of,
        row_number() OVER (PARTITION BY author_id ORDER BY n DESC, cuisine_type) AS place
    FROM counted
)
SELECT avg(home::INTEGER) AS share FROM (
    SELECT c.author_id, bool_or(h.cuisine IS NOT NULL) AS home
    FROM ranked AS c
    LEFT JOIN (VALUES
        ('north_america', 'american'), ('north_america', 'mexican'), ('latin_america', 'mexican'),
        ('europe', 'italian'), ('europe', 'french'), ('europe', 'mediterranean'), ('south_asia', 'indian'),
        ('east_asia', 'chinese'), ('east_asia', 'japanese'), ('east_asia', 'korean'), ('east_asia', 'thai'),
        ('middle_east_africa', 'mediterranean')
    ) AS h (region, cuisine) ON h.region = c.region AND h.cuisine = c.cuisine_type
    WHERE place <= 2 AND of >= 3 GROUP BY c.author_id
) AS authors;

-- The vocabulary is finite, so more texts mean more repetitions. Of very many texts, only those of the rows with the first
-- keys are compared.
-- rule: comments_differ
-- about: at most 15 percent of the comments repeat another one word for word; from 10,000 on at most 40 percent
-- limit: 0
-- needs: recipe_ratings 300
SELECT share FROM (
    SELECT 1 - count(DISTINCT comment) / count(comment) AS share, count(comment) AS n
    FROM (SELECT comment FROM recipe_ratings WHERE comment IS NOT NULL ORDER BY recipe_id, user_id LIMIT 100000) AS asked
) AS counted WHERE share > CASE WHEN n < 10000 THEN 0.15 ELSE 0.4 END;

-- rule: bios_differ
-- about: at most 10 percent of the bios repeat another one word for word; from 1,000 on at most 40 percent
-- limit: 0
-- needs: users 100
SELECT share FROM (
    SELECT 1 - count(DISTINCT bio) / count(bio) AS share, count(bio) AS n
    FROM (SELECT bio FROM users WHERE bio IS NOT NULL ORDER BY id LIMIT 30000) AS asked
) AS counted WHERE share > CASE WHEN n < 1000 THEN 0.1 ELSE 0.4 END;

-- rule: descriptions_differ
-- about: at most 10 percent of the descriptions repeat another one word for word; from 10,000 on at most 40 percent
-- limit: 0
-- needs: recipes 100
SELECT share FROM (
    SELECT 1 - count(DISTINCT description) / count(description) AS share, count(description) AS n
    FROM (SELECT description FROM cookbook WHERE description IS NOT NULL ORDER BY id LIMIT 100000) AS asked
) AS counted WHERE share > CASE WHEN n < 10000 THEN 0.1 ELSE 0.4 END;

-- rule: titles_differ
-- about: at least 95 percent of the titles are distinct; from 1,500 recipes on 80, from 10,000 on 40 percent
-- limit: 0
-- needs: recipes 100
SELECT share FROM (
    SELECT count(DISTINCT title) / count(*) AS share, count(*) AS n
    FROM (SELECT title FROM cookbook ORDER BY id LIMIT 100000) AS asked
) AS counted WHERE share < CASE WHEN n < 1500 THEN 0.95 WHEN n < 10000 THEN 0.8 ELSE 0.4 END;

-- rule: recipes_vary_in_length
-- implies: documents_vary
-- about: the numbers of steps and of lines have standard deviations of 3 or more
-- limit: 0
-- needs: recipes 200
SELECT what, deviation FROM (
    SELECT 'steps' AS what, stddev_samp(n_steps) AS deviation FROM holdings
    UNION ALL
    SELECT 'lines', stddev_samp(n_lines) FROM holdings
) AS measured WHERE deviation < 3;

-- rule: follows_are_returned
-- about: share of follows whose followee follows back
-- between: 0.15 0.4
-- needs: user_follows 600
SELECT avg((b.follower_id IS NOT NULL)::INTEGER) AS share
FROM user_follows AS a
LEFT JOIN user_follows AS b ON b.follower_id = a.followee_id AND b.followee_id = a.follower_id;

-- rule: publishers_are_followed
-- about: share of follows whose followee may publish
-- between: 0.75 1
-- needs: user_follows 300
SELECT avg((role <> 'standard')::INTEGER) AS share FROM user_follows AS f JOIN users AS u ON u.id = f.followee_id;

-- Rewiring pairs the ends of all ties anew, the same way every time, so that users keep their numbers of ties. The more
-- users there are, the more rarely two friends of a user know each other after rewiring. So with more than 20,000 users,
-- the ratio is scaled to 20,000.
-- rule: friends_of_friends
-- implies: follows_are_returned, publishers_are_followed
-- about: mean local clustering of the ties between people ÷ the same after rewiring
-- between: 2 1000
-- needs: user_follows 600
WITH ties AS (
    SELECT DISTINCT least(follower_id, followee_id) AS a, greatest(follower_id, followee_id) AS b FROM user_follows
),
stubs AS (
    SELECT who, row_number() OVER (ORDER BY md5(concat(who, other))) AS place, count(*) OVER () AS of
    FROM (SELECT a AS who, b AS other FROM ties UNION ALL SELECT b, a FROM ties) AS ends
),
dealt AS (
    SELECT DISTINCT least(x.who, y.who) AS a, greatest(x.who, y.who) AS b
    FROM stubs AS x JOIN stubs AS y ON y.place = x.place + x.of // 2
    WHERE x.place <= x.of // 2 AND x.who <> y.who
),
both_graphs AS (
    SELECT true AS real, a, b FROM ties UNION ALL SELECT true, b, a FROM ties
    UNION ALL
    SELECT false, a, b FROM dealt UNION ALL SELECT false, b, a FROM dealt
),
degrees AS (SELECT real, a, count(*) AS n FROM both_graphs GROUP BY ALL),
closed AS (
    SELECT x.real, x.a, count(*) / 2 AS n
    FROM both_graphs AS x
    JOIN both_graphs AS y ON y.real = x.real AND y.a = x.a AND y.b <> x.b
    JOIN both_graphs AS z ON z.real = x.real AND z.a = x.b AND z.b = y.b
    GROUP BY ALL
),
clustering AS (
    SELECT d.real, avg(coalesce(c.n, 0) / (d.n * (d.n - 1) / 2)) AS mean
    FROM degrees AS d LEFT JOIN closed AS c USING (real, a) WHERE d.n > 1 GROUP BY d.real
)
SELECT max(mean) FILTER (real) / max(mean) FILTER (NOT real)
    / greatest(1, (SELECT count(*) FROM degrees WHERE real) / 20000) AS ratio
FROM clustering;

-- rule: acts_come_in_sessions
-- implies: first_likes_come_in_days
-- about: share of gaps between two successive acts of a user that are shorter than 30 minutes
-- between: 0.3 0.9
-- needs: recipe_likes 1500
SELECT avg((gap < INTERVAL 30 MINUTE)::INTEGER) AS share
FROM (SELECT moment - lag(moment) OVER (PARTITION BY user_id ORDER BY moment) AS gap FROM acts) AS gaps
WHERE gap IS NOT NULL;

-- rule: signups_grow
-- about: signups of the last quarter of a year ÷ signups of the first quarter of the two years
-- between: 2.5 50
-- needs: users 300
SELECT count(*) FILTER (age < INTERVAL 91 DAY)
    / count(*) FILTER (age BETWEEN INTERVAL 639 DAY AND INTERVAL 730 DAY) AS ratio
FROM (SELECT getvariable('as_of') - created_at AS age FROM users) AS aged;

-- rule: publication_takes_time
-- about: share of recipes that are published at the moment of their creation
-- between: 0 0.02
-- needs: recipes 200
SELECT avg((published_at = created_at)::INTEGER) AS share FROM cookbook WHERE published_at IS NOT NULL;

-- rule: cooked_before_rated
-- about: nobody rates a recipe before they could have cooked it
-- limit: 0
SELECT g.id, g.created_at, r.published_at, r.prep_minutes, r.cook_minutes
FROM recipe_ratings AS g JOIN cookbook AS r ON r.id = g.recipe_id
WHERE g.created_at < r.published_at + to_minutes((r.prep_minutes + r.cook_minutes)::BIGINT);

-- rule: tail_of_likes
-- implies: most_liked, likes_heavy_tail
-- about: exponents of likes per recipe, fitted from 5 and from 10 likes on, differ by at most 0.3
-- between: -0.3 0.3
-- needs: recipe_likes 50000
SELECT (1 + count(*) FILTER (n >= 10) / sum(ln(n / 9.5)) FILTER (n >= 10))
    - (1 + count(*) / sum(ln(n / 4.5))) AS difference
FROM (SELECT likes_count AS n FROM recipes WHERE likes_count >= 5) AS liked;

-- rule: most_liked
-- about: likes of the most liked recipe ÷ all likes; among more than 500,000 likes, 2,000 are enough
-- between: 0.004 0.1
-- needs: recipe_likes 50000
SELECT greatest(max(likes_count) / sum(likes_count), least(max(likes_count) / 500000, 0.004)) AS share FROM recipes;
