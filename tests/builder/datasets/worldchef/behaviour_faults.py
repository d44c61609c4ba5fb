"""Define a fault for each WorldChef rule about behaviour, texts and voices, in the form of rule_faults."""

from __future__ import annotations

from tests.builder.datasets.worldchef.rule_faults import (
    AVERAGE_RATINGS,
    COUNT_ITEMS,
    COUNT_LIKES,
    ENGLISH,
    first,
    rewrite,
)

EVERYBODY_IS_HERE = "UPDATE users SET last_active_at = getvariable('as_of') WHERE deleted_at IS NULL"
HERE = "SELECT id FROM users WHERE deleted_at IS NULL"
SHOWN = "SELECT id FROM recipes WHERE deleted_at IS NULL"
KEPT = f"SELECT id FROM recipe_collections WHERE deleted_at IS NULL AND user_id IN ({HERE})"
AUTHORS = "SELECT id FROM users WHERE role <> 'standard'"


def deal(table: str, column: str, within: str, condition: str = "true") -> str:
    """Return SQL that shuffles a column's values, always in the same way, among rows with the same `within`."""
    return f"""
        UPDATE {table} SET {column} = o.{column} FROM (
            SELECT a.id, b.{column}
            FROM (SELECT id, {within} AS alike, row_number() OVER (PARTITION BY {within} ORDER BY id) AS place
                  FROM {table} WHERE {condition}) AS a
            JOIN (SELECT {column}, {within} AS alike,
                      row_number() OVER (PARTITION BY {within} ORDER BY md5(concat(id, 'x'))) AS place
                  FROM {table} WHERE {condition}) AS b
                ON b.alike IS NOT DISTINCT FROM a.alike AND b.place = a.place
        ) AS o WHERE o.id = {table}.id
    """


def without_recipes(condition: str) -> str:
    """Return SQL that deletes recipes that nobody collected, with all interactions of users with them."""
    gone = f"""
        SELECT recipe_id FROM recipe_languages
        WHERE {condition} AND recipe_id NOT IN (SELECT recipe_id FROM recipe_collection_items)
    """
    return ";".join(
        f"DELETE FROM {table} WHERE {key} IN ({gone})"
        for table, key in (("recipe_likes", "recipe_id"), ("recipe_ratings", "recipe_id"), ("recipes", "id"))
    )


BEHAVIOUR = {
    "no_rush_before_as_of": f"""
        UPDATE recipe_likes SET created_at = getvariable('as_of') - INTERVAL 3 HOUR WHERE rowid % 40 = 0
            AND user_id IN (SELECT id FROM users WHERE deleted_at IS NULL)
            AND recipe_id IN (SELECT id FROM recipes WHERE deleted_at IS NULL)
            AND created_at < getvariable('as_of') - INTERVAL 40 DAY;
        {EVERYBODY_IS_HERE}
    """,
    "likes_come_with_age": f"""
        INSERT INTO recipe_likes
        SELECT u.id, r.id, getvariable('as_of') - INTERVAL 5 HOUR
        FROM recipes AS r, users AS u
        WHERE getvariable('as_of') - r.published_at BETWEEN INTERVAL 1 DAY AND INTERVAL 7 DAY
            AND r.status = 'published' AND r.deleted_at IS NULL AND u.deleted_at IS NULL AND u.id <> r.author_id
            AND u.created_at < getvariable('as_of') - INTERVAL 1 DAY AND len(u.dietary_preferences) = 0
            AND hash(u.id)::HUGEINT % 29 = 0
            AND NOT EXISTS (SELECT 1 FROM recipe_likes AS l WHERE l.user_id = u.id AND l.recipe_id = r.id);
        {COUNT_LIKES};
        {EVERYBODY_IS_HERE}
    """,
    "first_likes_come_in_days": f"""
        UPDATE recipe_likes SET created_at = created_at + INTERVAL 14 DAY
        WHERE created_at < getvariable('as_of') - INTERVAL 15 DAY
            AND user_id IN (SELECT id FROM users WHERE deleted_at IS NULL)
            AND recipe_id IN (SELECT id FROM recipes WHERE deleted_at IS NULL);
        {EVERYBODY_IS_HERE}
    """,
    "who_dislikes_does_not_like": f"""
        INSERT INTO recipe_likes
        SELECT user_id, recipe_id, created_at FROM recipe_ratings AS g
        WHERE rating = 1
            AND NOT EXISTS (SELECT 1 FROM recipe_likes AS l WHERE l.user_id = g.user_id AND l.recipe_id = g.recipe_id);
        {COUNT_LIKES}
    """,
    "liked_recipes_are_rated_well": f"""
        DELETE FROM recipe_likes WHERE rowid IN (
            SELECT l.rowid FROM recipe_likes AS l JOIN recipes AS r ON r.id = l.recipe_id
            WHERE r.ratings_count >= 5 AND r.rating_average > 4.4
            QUALIFY row_number() OVER (PARTITION BY l.recipe_id ORDER BY l.rowid) > 2);
        {COUNT_LIKES}
    """,
    "raters_differ": deal("recipe_ratings", "rating", "recipe_id"),
    "stars": f"UPDATE recipe_ratings SET rating = 1 WHERE rating = 4 AND id % 3 = 0; {AVERAGE_RATINGS}",
    "vegan_authors_cook_vegan": """
        UPDATE users SET dietary_preferences = ['vegan'] WHERE id IN (
            SELECT author_id FROM recipes WHERE NOT list_contains(dietary_tags, 'vegan')
            GROUP BY 1 ORDER BY count(*) DESC, 1 LIMIT 2)
    """,
    "halal_authors_cook_no_pork": """
        UPDATE users SET dietary_preferences = list_append(dietary_preferences, 'halal') WHERE id = (
            SELECT author_id FROM recipes WHERE id IN (SELECT recipe_id FROM lines WHERE pork) ORDER BY 1 LIMIT 1)
    """,
    "people_like_what_they_eat": """
        UPDATE users SET dietary_preferences = ['vegetarian'] WHERE id IN (
            SELECT user_id FROM recipe_likes JOIN users AS u ON u.id = user_id AND role = 'standard'
            JOIN (SELECT DISTINCT recipe_id FROM lines WHERE origin = 'meat') USING (recipe_id)
            GROUP BY 1 ORDER BY count(*) DESC, 1 LIMIT 5)
    """,
    "home_cuisines": """
        UPDATE users SET region = far[1], location = far[2] FROM (
            SELECT author_id, CASE WHEN bool_or(cuisine_type = 'indian') THEN ['middle_east_africa', 'Nairobi, Kenya']
                ELSE ['south_asia', 'Mumbai, India'] END AS far
            FROM recipes GROUP BY author_id
        ) AS o WHERE o.author_id = users.id AND users.id IN (SELECT id FROM people WHERE language = 'en')
    """,
    "comments_differ": """
        UPDATE recipe_ratings SET comment = o.comment FROM (
            SELECT g.id, min(g.comment) OVER (PARTITION BY p.country) AS comment
            FROM recipe_ratings AS g JOIN people AS p ON p.id = g.user_id WHERE g.comment <> ''
        ) AS o WHERE o.id = recipe_ratings.id AND recipe_ratings.id % 2 = 0
    """,
    "bios_differ": """
        UPDATE users SET bio = o.bio FROM (
            SELECT id, min(bio) OVER (PARTITION BY language) AS bio FROM people WHERE role = 'standard' AND bio <> ''
        ) AS o WHERE o.id = users.id
    """,
    "descriptions_differ": "UPDATE recipes SET description = 'Good.' WHERE description IS NOT NULL AND rowid % 2 = 0",
    "titles_differ": ";".join(
        f"""
        UPDATE recipes SET title = '{title}' WHERE id IN (
            SELECT recipe_id FROM lines JOIN recipe_languages USING (recipe_id) JOIN cookbook AS r ON r.id = recipe_id
            WHERE name = '{food}' AND NOT optional AND language = 'en' ORDER BY hash(concat(recipe_id, name)) LIMIT 12)
        """
        for title, food in (("Garlic", "garlic"), ("Salt", "salt"), ("Scallions", "scallion"))
    ),
    "recipes_vary_in_length": """
        UPDATE recipes SET instructions = concat(rtrim(instructions::VARCHAR, ']'), more, ']')::JSON FROM (
            SELECT r.id, string_agg(
                concat(', {"step": ', n, ', "text": "Wait.", "minutes": 0, "ingredients": []}'), '' ORDER BY n) AS more
            FROM recipes AS r JOIN range(1, 15) AS steps (n) ON n > json_array_length(r.instructions) GROUP BY r.id
        ) AS o WHERE o.id = recipes.id
    """,
    "follows_are_returned": """
        DELETE FROM user_follows WHERE follower_id > followee_id AND rowid IN (
            SELECT a.rowid FROM user_follows AS a JOIN user_follows AS b
                ON b.follower_id = a.followee_id AND b.followee_id = a.follower_id)
    """,
    "publishers_are_followed": f"""
        DELETE FROM user_follows WHERE followee_id IN ({AUTHORS})
            AND md5(concat(follower_id, followee_id)) < '9'
    """,
    "friends_of_friends": f"""
        CREATE TEMP TABLE dealt AS
        SELECT DISTINCT a.follower_id, b.followee_id
        FROM (SELECT *, row_number() OVER (ORDER BY rowid) AS place FROM user_follows) AS a
        JOIN (SELECT *, row_number() OVER (ORDER BY md5(concat(follower_id, followee_id))) AS place
              FROM user_follows) AS b USING (place)
        JOIN users AS u ON u.id = a.follower_id AND u.deleted_at IS NULL
        JOIN users AS v ON v.id = b.followee_id AND v.deleted_at IS NULL
        WHERE a.follower_id <> b.followee_id;
        DELETE FROM user_follows;
        INSERT INTO user_follows SELECT *, getvariable('as_of') - INTERVAL 5 HOUR FROM dealt;
        {EVERYBODY_IS_HERE}
    """,
    "acts_come_in_sessions": ";".join(
        f"""
        UPDATE {table} SET {moment} = {moment} + to_weeks((hash(rowid) % 8)::INTEGER)
        WHERE {moment} < getvariable('as_of') - INTERVAL 50 DAY AND {still_there}
        """
        for table, moment, still_there in (
            ("recipe_likes", "created_at", f"user_id IN ({HERE}) AND recipe_id IN ({SHOWN})"),
            ("user_follows", "created_at", f"follower_id IN ({HERE}) AND followee_id IN ({HERE})"),
            ("recipe_collection_items", "added_at", f"collection_id IN ({KEPT}) AND recipe_id IN ({SHOWN})"),
        )
    )
    + f";{EVERYBODY_IS_HERE}",
    "signups_grow": """
        UPDATE users SET created_at = created_at - INTERVAL 600 DAY
        WHERE created_at > getvariable('as_of') - INTERVAL 91 DAY AND rowid % 2 = 0
    """,
    "publication_takes_time": "UPDATE recipes SET published_at = created_at WHERE status <> 'draft' AND rowid % 20 = 0",
    "cooked_before_rated": """
        UPDATE recipe_ratings SET created_at = o.moment FROM (
            SELECT g.id, r.published_at + INTERVAL 1 SECOND AS moment FROM recipe_ratings AS g
            JOIN recipes AS r ON r.id = g.recipe_id JOIN users AS u ON u.id = g.user_id
            WHERE u.created_at < r.published_at ORDER BY g.id LIMIT 1
        ) AS o WHERE o.id = recipe_ratings.id
    """,
    "tail_of_likes": f"""
        DELETE FROM recipe_likes WHERE rowid IN (
            SELECT rowid FROM recipe_likes QUALIFY row_number() OVER (PARTITION BY recipe_id ORDER BY rowid) > 30);
        {COUNT_LIKES}
    """,
    "most_liked": f"""
        DELETE FROM recipe_likes WHERE rowid IN (
            SELECT rowid FROM recipe_likes QUALIFY row_number() OVER (PARTITION BY recipe_id ORDER BY rowid) > 300);
        {COUNT_LIKES}
    """,
}

TEXTS = {
    "foods_called_by_number": """
        UPDATE recipes SET instructions = replace(
            instructions::VARCHAR, concat('the ', single), concat('the ', display))::JSON
        FROM (
            SELECT recipe_id, single, display FROM lines JOIN recipe_languages USING (recipe_id)
            JOIN food_words AS w ON w.language = recipe_languages.language AND w.food = name
            WHERE w.language = 'en' AND unit = 'piece' AND quantity = 1 AND single <> display ORDER BY ALL LIMIT 1
        ) AS o WHERE recipes.id = o.recipe_id
    """,
    "texts_do_not_hedge": rewrite("instructions", '"text": "', '"text": "Beat or mash. ', ENGLISH),
    "cans_hold_food": rewrite("instructions", '"text": "', '"text": "Open a can of canned goods. ', ENGLISH),
    "cut_once": """
        UPDATE recipes SET
            ingredients = regexp_replace(ingredients::VARCHAR,
                '("name": "garlic", "unit": "[a-z]+", )("notes": "[^"]*", )?', '\\1"notes": "minced", ')::JSON,
            instructions = regexp_replace(instructions::VARCHAR,
                '"text": "([^"]*the garlic)', '"text": "Chop the garlic. \\1')::JSON
        WHERE id = (
            SELECT recipe_id FROM lines JOIN recipe_languages USING (recipe_id)
            WHERE language = 'en' AND name = 'garlic' AND unit <> 'head' ORDER BY 1 LIMIT 1)
    """,
    "nothing_soft_cooked_through": rewrite(
        "instructions",
        '"text": "([^"]*the tofu)',
        '"text": "Fry the tofu until cooked through. \\1',
        f"list_contains(dietary_tags, 'vegan') AND {ENGLISH}",
    ),
    "what_boils_is_wet": f"""
        UPDATE recipes SET instructions = regexp_replace(instructions::VARCHAR, '"text": "', '"text": "Simmer. ')::JSON
        WHERE {ENGLISH} AND id NOT IN (SELECT recipe_id FROM lines WHERE category = 'liquid')
    """,
    "languages_of_recipes": without_recipes("language <> 'en' AND hash(recipe_id) % 4 > 0"),
    "every_language": f"""
        DELETE FROM recipe_collection_items
        WHERE recipe_id IN (SELECT recipe_id FROM recipe_languages WHERE language = 'ja');
        UPDATE recipe_collection_items AS i SET position = o.place FROM (
            SELECT collection_id, recipe_id,
                row_number() OVER (PARTITION BY collection_id ORDER BY position) AS place
            FROM recipe_collection_items
        ) AS o WHERE o.collection_id = i.collection_id AND o.recipe_id = i.recipe_id;
        {COUNT_ITEMS};
        {without_recipes("language = 'ja'")}
    """,
    "titles_stay_in_their_language": first(
        "recipes", "title = concat(title, ' 美味しい')", f"{ENGLISH} AND title SIMILAR TO '[A-Za-z ]{{1,60}}'"
    ),
    "desserts_show_sweets": "UPDATE recipes SET media_url = 'recipes/05.jpg' WHERE meal_type = 'dessert'",
    "meals_show_no_sweets": """
        UPDATE recipes SET media_url = 'recipes/23.jpg' WHERE meal_type = 'dinner' AND rowid % 4 = 0
    """,
    "photos_fit_dish": first("recipes", "media_url = 'recipes/10.jpg'", "cuisine_type = 'mexican'"),
    "photos_show_what_is_held": """
        UPDATE recipes SET media_url = o.photo FROM (
            SELECT r.id, d.photo FROM recipes AS r
            JOIN dish_photos AS d ON d.cuisine = r.cuisine_type AND d.meal = r.meal_type JOIN photos USING (photo)
            WHERE list_contains(shows, 'meat') AND list_contains(r.dietary_tags, 'vegan') ORDER BY ALL LIMIT 1
        ) AS o WHERE o.id = recipes.id
    """,
}

VOICES = {
    "authors_cook_what_they_say": """
        UPDATE users SET bio = concat(word, ' ', p.display_name)
        FROM people AS p JOIN cuisine_words AS w USING (language)
        WHERE p.id = users.id AND w.cuisine = 'korean' AND p.role <> 'standard'
    """,
    "comments_in_the_writers_language": deal(
        "recipe_ratings", "comment", "comment IS NULL", "id > 99 AND id % 3 > 0 AND comment IS NOT NULL"
    ),
    "comments_in_one_language": """
        UPDATE recipe_ratings SET comment = concat(
            (SELECT min(text) FROM comment_parts WHERE part = 'opening' AND language = 'en'), ' ',
            (SELECT min(text) FROM comment_parts WHERE part = 'ending' AND language = 'es'))
        WHERE id = (
            SELECT min(g.id) FROM recipe_ratings AS g JOIN people AS p ON p.id = g.user_id
            WHERE p.language = 'en' AND comment <> '')
    """,
    "comments_name_what_they_mean": """
        UPDATE recipe_ratings SET comment = concat(
            left(comment, length), ' ', translate(md5(recipe_ratings.id::VARCHAR), '0123456789', 'ghijklmnop'))
        FROM (SELECT id, max(length) AS length FROM comment_languages GROUP BY id) AS o WHERE o.id = recipe_ratings.id
    """,
    "comments_speak_of_no_photo": first(
        "recipe_ratings", "comment = concat(comment, ' No photo!')", "rowid > 99 AND comment <> ''"
    ),
}
