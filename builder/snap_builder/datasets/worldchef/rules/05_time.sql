-- Times are in order: users join, create recipes and publish them, and others act on these. Nothing is after as-of.

-- rule: users_in_time
-- about: users are updated and deleted after they joined; a deletion is the last update
-- limit: 0
-- each: users
SELECT id, created_at, updated_at, deleted_at FROM users
WHERE updated_at < created_at OR deleted_at < created_at OR deleted_at <> updated_at;

-- rule: recipes_in_time
-- about: recipes are created while their author is a member, then published, updated, deleted; drafts may be published later
-- limit: 0
SELECT r.id, r.created_at, r.published_at, r.updated_at, r.deleted_at, u.created_at AS joined, u.deleted_at AS left_
FROM cookbook AS r JOIN users AS u ON u.id = r.author_id
WHERE r.created_at < u.created_at OR r.published_at < r.created_at OR r.updated_at < r.created_at
    OR r.deleted_at <> r.updated_at OR greatest(r.created_at, r.updated_at) > u.deleted_at
    OR status <> 'draft' AND (r.updated_at < r.published_at OR r.published_at > u.deleted_at);

-- rule: published_unless_draft
-- about: every recipe but a draft has a moment of publication; a draft has none, or a scheduled one after as-of
-- limit: 0
-- each: recipes
SELECT id, status, published_at FROM cookbook
WHERE CASE status WHEN 'draft' THEN published_at <= getvariable('as_of') ELSE published_at IS NULL END;

-- rule: likes_in_time
-- about: likes come after the user joined and the recipe was published, and before either is deleted
-- limit: 0
SELECT user_id, recipe_id, moment, u.created_at AS joined, r.published_at, u.deleted_at AS user_deleted,
    r.deleted_at AS recipe_deleted
FROM reactions AS e JOIN users AS u ON u.id = e.user_id JOIN cookbook AS r ON r.id = e.recipe_id
WHERE what = 'like' AND (
    moment < u.created_at OR moment < r.published_at OR moment > u.deleted_at OR moment > r.deleted_at
);

-- rule: ratings_in_time
-- about: ratings and their changes come after the user joined and the recipe was published, and before either is deleted
-- implies: cooked_before_rated
-- limit: 0
SELECT e.id, e.created_at, e.updated_at, u.created_at AS joined, r.published_at
FROM recipe_ratings AS e JOIN users AS u ON u.id = e.user_id JOIN cookbook AS r ON r.id = e.recipe_id
WHERE e.created_at < u.created_at OR e.created_at < r.published_at OR e.updated_at < e.created_at
    OR e.updated_at > u.deleted_at OR e.updated_at > r.deleted_at;

-- rule: follows_in_time
-- about: follows come while both users are members
-- limit: 0
SELECT follower_id, followee_id, f.created_at, a.created_at AS follower_joined, b.created_at AS followee_joined
FROM user_follows AS f JOIN users AS a ON a.id = f.follower_id JOIN users AS b ON b.id = f.followee_id
WHERE f.created_at < a.created_at OR f.created_at < b.created_at
    OR f.created_at > a.deleted_at OR f.created_at > b.deleted_at;

-- rule: collections_in_time
-- about: collections are created and then updated while their owner is a member; a deletion is the last update
-- limit: 0
SELECT c.id, c.created_at, c.updated_at, c.deleted_at, u.created_at AS joined
FROM recipe_collections AS c JOIN users AS u ON u.id = c.user_id
WHERE c.created_at < u.created_at OR c.updated_at < c.created_at OR c.deleted_at <> c.updated_at
    OR c.updated_at > u.deleted_at;

-- rule: items_in_time
-- about: items are added after the collection was created and the recipe was published, and before either is deleted
-- limit: 0
SELECT i.collection_id, i.recipe_id, i.added_at, c.created_at AS collection_created, r.published_at
FROM recipe_collection_items AS i
JOIN recipe_collections AS c ON c.id = i.collection_id JOIN cookbook AS r ON r.id = i.recipe_id
WHERE i.added_at < c.created_at OR i.added_at < r.published_at OR i.added_at > c.deleted_at
    OR i.added_at > r.deleted_at;

-- rule: nothing_after_as_of
-- about: nothing happens after the snapshot's as-of, except for the scheduled publication of drafts
-- limit: 0
-- each: users, recipes, nutrition, recipe_likes, recipe_ratings, user_follows, recipe_collections, recipe_collection_items
-- implies: last_active_covers
SELECT * FROM (
    SELECT 'users' AS "table", id::VARCHAR AS row, greatest(created_at, updated_at, last_active_at, deleted_at) AS latest
    FROM users
    UNION ALL
    SELECT 'recipes', id::VARCHAR,
        greatest(created_at, updated_at, deleted_at, CASE WHEN status <> 'draft' THEN published_at END)
    FROM cookbook
    UNION ALL
    SELECT 'nutrition', ingredient_hash, updated_at FROM nutrition
    UNION ALL
    SELECT 'recipe_likes', recipe_id::VARCHAR, created_at FROM recipe_likes
    UNION ALL
    SELECT 'recipe_ratings', id::VARCHAR, greatest(created_at, updated_at) FROM recipe_ratings
    UNION ALL
    SELECT 'user_follows', follower_id::VARCHAR, created_at FROM user_follows
    UNION ALL
    SELECT 'recipe_collections', id::VARCHAR, greatest(created_at, updated_at, deleted_at) FROM recipe_collections
    UNION ALL
    SELECT 'recipe_collection_items', recipe_id::VARCHAR, added_at FROM recipe_collection_items
) AS every WHERE latest > getvariable('as_of');

-- rule: last_active_covers
-- about: nobody acts after their last_active_at
-- limit: 0
SELECT u.id, u.last_active_at, d.latest
FROM users AS u
JOIN (
    SELECT user_id, max(moment) AS latest FROM (
        SELECT id AS user_id, created_at AS moment FROM users
        UNION ALL
        SELECT author_id, greatest(created_at, CASE WHEN status <> 'draft' THEN published_at END) FROM cookbook
        UNION ALL
        SELECT user_id, moment FROM reactions
        UNION ALL
        SELECT user_id, updated_at FROM recipe_ratings
        UNION ALL
        SELECT follower_id, created_at FROM user_follows
        UNION ALL
        SELECT user_id, created_at FROM recipe_collections
    ) AS deeds GROUP BY user_id
) AS d ON d.user_id = u.id
WHERE u.last_active_at < d.latest;
