"""Define a fault for each WorldChef rule about columns, recipes, time, counters, shapes and the cache.

A fault is SQL in DuckDB over the snapshot's tables, and over the tables that the prelude of the rules creates.
"""

from __future__ import annotations


def tag(diet: str, condition: str, source: str = "lines") -> str:
    """Return SQL that gives a tag to the first recipe that lacks the tag and, by `condition`, must not have it."""
    key = "recipe_id" if source == "lines" else "id"
    return f"""
        UPDATE recipes SET dietary_tags = list_append(dietary_tags, '{diet}') WHERE id = (
            SELECT {key} FROM {source} WHERE {condition}
            AND {key} NOT IN (SELECT recipe_id FROM tagged WHERE tag = '{diet}') ORDER BY 1 LIMIT 1)
    """


def first(table: str, change: str, condition: str = "true") -> str:
    """Return SQL that changes the first row of a table that satisfies `condition`."""
    return f"UPDATE {table} SET {change} WHERE rowid = (SELECT min(rowid) FROM {table} WHERE {condition})"


def rewrite(column: str, pattern: str, replacement: str, condition: str = "true") -> str:
    """Return SQL that changes a text in a document of the first recipe that satisfies `condition`."""
    mended = f"regexp_replace({column}::VARCHAR, '{pattern}', '{replacement}')::JSON"
    return first("recipes", f"{column} = {mended}", f"regexp_matches({column}::VARCHAR, '{pattern}') AND {condition}")


def move(table: str, user: str, hours: str, by: str) -> str:
    """Return SQL that moves users' actions at certain local hours, except before what they depend on."""
    joined = {
        "recipe_likes": "JOIN recipes AS r ON r.id = e.recipe_id",
        "user_follows": "JOIN (SELECT id, created_at AS published_at FROM users) AS r ON r.id = e.followee_id",
    }[table]
    local = "epoch_us(e.created_at) // 1000000 + p.utc_offset_minutes * 60"
    return f"""
        UPDATE {table} SET created_at = created_at - INTERVAL {by} WHERE rowid IN (
            SELECT e.rowid FROM {table} AS e JOIN people AS p ON p.id = e.{user} {joined}
            WHERE e.created_at - INTERVAL {by} > greatest(p.created_at, r.published_at)
            AND {hours.format(hour=f"(({local}) // 3600 % 24)", weekday=f"((({local}) // 86400 + 3) % 7)")})
    """


def everybody_moves(hours: str, by: str) -> str:
    return move("recipe_likes", "user_id", hours, by) + ";" + move("user_follows", "follower_id", hours, by)


COUNT_LIKES = """
    UPDATE recipes SET likes_count = coalesce(
        (SELECT count(*) FROM recipe_likes AS l WHERE l.recipe_id = recipes.id), 0)
"""
AVERAGE_RATINGS = """
    UPDATE recipes SET rating_average = (
        SELECT ((200 * sum(rating) + count(*)) // (2 * count(*)) / 100)::DECIMAL(3,2)
        FROM recipe_ratings AS g WHERE g.recipe_id = recipes.id)
"""
COUNT_ITEMS = """
    UPDATE recipes SET collections_count = coalesce(
        (SELECT count(*) FROM recipe_collection_items AS i WHERE i.recipe_id = recipes.id), 0);
    UPDATE recipe_collections SET items_count = coalesce(
        (SELECT count(*) FROM recipe_collection_items AS i WHERE i.collection_id = recipe_collections.id), 0)
"""
ENGLISH = "id IN (SELECT recipe_id FROM recipe_languages WHERE language = 'en')"
CHORIZO = f"id NOT IN (SELECT recipe_id FROM lines WHERE name = 'chorizo') AND {ENGLISH}"

FAULTS = {
    "emails_reserved": first("users", "email = replace(email, '.example', '.com')"),
    "places_known": first("users", "location = 'Atlantis, Ocean'"),
    "slugs_clean": first("recipes", "slug = upper(slug)"),
    "media_keys": first("recipes", "media_url = 'recipes/24.jpg'"),
    # Diet follows food.
    "diet_vegetarian": tag("vegetarian", "origin = 'meat'"),
    "diet_vegan": tag("vegan", "origin = 'dairy'"),
    "diet_gluten_free": tag("gluten_free", "gluten"),
    "diet_dairy_free": tag("dairy_free", "origin = 'dairy'"),
    "diet_paleo": tag("paleo", "category = 'grain'"),
    "diet_halal": tag("halal", "pork"),
    "diet_kosher": tag("kosher", "origin = 'shellfish'"),
    "diet_low_carb": tag("low_carb", "n.carbs_g - n.fiber_g > 25", "macros"),
    "diet_keto": tag("keto", "n.carbs_g - n.fiber_g > 15", "macros"),
    "diet_low_fat": tag("low_fat", "n.fat_g * 9 > 0.4 * n.calories", "macros"),
    "tags_once": first("recipes", "dietary_tags = list_append(dietary_tags, dietary_tags[1])", "len(dietary_tags) > 0"),
    # Nutrition follows ingredients.
    "nutrition_sums": rewrite("nutrition", '"sugar_g": [0-9.]+', '"sugar_g": 777'),
    "calories_agree": rewrite("nutrition", '"calories": [0-9.]+', '"calories": 5000', "len(dietary_tags) = 0"),
    "nutrition_source": rewrite("nutrition", '"ingredients": [0-9]+', '"ingredients": 99'),
    # Recipes read like recipes.
    "lines_complete": rewrite("ingredients", '"quantity": [0-9.]+', '"quantity": 0'),
    "foods_known": rewrite("ingredients", '"name": "[^"]+"', '"name": "unobtainium"'),
    "units_fit": rewrite("ingredients", '"unit": "[^"]+"', '"unit": "furlong"'),
    "portions_plausible": rewrite("ingredients", '"quantity": [0-9.]+', '"quantity": 99999'),
    "foods_fit_dish": first("recipes", "cuisine_type = 'korean'", "cuisine_type = 'mexican'"),
    "foods_once": """
        UPDATE recipes SET ingredients = concat(
            '[{"name": "', l.name, '", "unit": "g", "quantity": 1}, ', substr(ingredients::VARCHAR, 2))::JSON
        FROM (SELECT recipe_id, name FROM lines WHERE unit = 'g' ORDER BY ALL LIMIT 1) AS l WHERE id = l.recipe_id
    """,
    "title_names_food": first("recipes", "title = 'Surprise of the House'", f"rowid > 99 AND {ENGLISH}"),
    "texts_name_own_foods": first("recipes", "description = 'With chorizo.'", CHORIZO),
    "steps_numbered": rewrite("instructions", '"step": 2', '"step": 7'),
    "steps_use_listed": rewrite("instructions", r'"ingredients": \["', '"ingredients": ["chorizo", "', CHORIZO),
    "steps_name_foods": rewrite("instructions", '"text": "[^"]*the salt[^"]*"', '"text": "Do something."', ENGLISH),
    "steps_name_no_others": rewrite("instructions", '"text": "', '"text": "Fry chorizo. ', CHORIZO),
    "foods_used": """
        UPDATE recipes SET instructions = u.mended::JSON
        FROM (
            SELECT r.id, replace(replace(r.instructions::VARCHAR, concat('"', l.name, '", '), ''),
                concat(', "', l.name, '"'), '') AS mended
            FROM recipes AS r JOIN lines AS l ON l.recipe_id = r.id
            WHERE NOT contains(mended, concat('"', l.name, '"')) ORDER BY r.id, l.name LIMIT 1
        ) AS u
        WHERE recipes.id = u.id
    """,
    "minutes_agree": first(
        "recipes",
        "cook_duration = struct_update(cook_duration, microseconds := cook_duration.microseconds + 60000000)",
    ),
    # Time flows.
    "users_in_time": first("users", "updated_at = created_at - INTERVAL 1 DAY", "deleted_at IS NULL"),
    "recipes_in_time": """
        UPDATE recipes SET created_at = u.created_at - INTERVAL 1 DAY FROM users AS u
        WHERE u.id = author_id AND recipes.rowid = 0
    """,
    "published_unless_draft": first("recipes", "published_at = created_at", "status = 'draft'"),
    "likes_in_time": """
        UPDATE recipe_likes SET created_at = r.published_at - INTERVAL 1 SECOND FROM recipes AS r
        WHERE r.id = recipe_id AND recipe_likes.rowid = 0
    """,
    "ratings_in_time": """
        UPDATE recipe_ratings SET created_at = r.published_at - INTERVAL 1 SECOND FROM recipes AS r
        WHERE r.id = recipe_id AND recipe_ratings.rowid = 0
    """,
    "follows_in_time": """
        UPDATE user_follows SET created_at = u.created_at - INTERVAL 1 SECOND FROM users AS u
        WHERE u.id = followee_id AND user_follows.rowid = 0
    """,
    "collections_in_time": """
        UPDATE recipe_collections SET created_at = u.created_at - INTERVAL 1 SECOND FROM users AS u
        WHERE u.id = user_id AND recipe_collections.rowid = 0
    """,
    "items_in_time": """
        UPDATE recipe_collection_items SET added_at = c.created_at - INTERVAL 1 SECOND FROM recipe_collections AS c
        WHERE c.id = collection_id AND recipe_collection_items.rowid = 0
    """,
    "nothing_after_as_of": first("users", "last_active_at = getvariable('as_of') + INTERVAL 1 DAY"),
    "last_active_covers": first("users", "last_active_at = created_at", "id IN (SELECT user_id FROM recipe_likes)"),
    # Counters equal details.
    "counters_likes": first("recipes", "likes_count = likes_count + 1"),
    "counters_ratings": first("recipes", "ratings_count = ratings_count + 1"),
    "rating_average": first("recipes", "rating_average = rating_average - 0.01", "rating_average > 2"),
    "counters_collections": first("recipes", "collections_count = collections_count + 1"),
    "counters_items": first("recipe_collections", "items_count = items_count + 1"),
    "positions_in_order": first("recipe_collection_items", "position = 99"),
    "no_own_likes": """
        UPDATE recipe_likes SET user_id = o.author_id FROM (
            SELECT e.rowid AS row, r.author_id FROM recipe_likes AS e
            JOIN recipes AS r ON r.id = e.recipe_id JOIN users AS u ON u.id = r.author_id
            WHERE u.deleted_at IS NULL AND e.created_at <= u.last_active_at ORDER BY 1 LIMIT 1
        ) AS o WHERE recipe_likes.rowid = o.row
    """,
    "no_own_ratings": """
        UPDATE recipe_ratings SET user_id = o.author_id FROM (
            SELECT e.rowid AS row, r.author_id FROM recipe_ratings AS e
            JOIN recipes AS r ON r.id = e.recipe_id JOIN users AS u ON u.id = r.author_id
            WHERE u.deleted_at IS NULL AND e.updated_at <= u.last_active_at ORDER BY 1 LIMIT 1
        ) AS o WHERE recipe_ratings.rowid = o.row
    """,
    "no_own_follows": first("user_follows", "followee_id = follower_id"),
    "ratings_in_range": first("recipe_ratings", "rating = 6"),
    "audience_of_published": first("recipes", "status = 'draft', published_at = NULL", "likes_count > 0"),
    "authors_publish": """
        UPDATE users SET role = 'standard' WHERE id = (
            SELECT author_id FROM recipes JOIN users AS u ON u.id = author_id AND role = 'creator'
            ORDER BY (SELECT count(*) FROM user_follows WHERE followee_id = author_id), 1 LIMIT 1);
        UPDATE users SET role = 'creator' WHERE rowid = (
            SELECT min(rowid) FROM users WHERE role = 'standard' AND id NOT IN (SELECT author_id FROM recipes))
    """,
    # Shapes.
    "likes_heavy_tail": f"""
        DELETE FROM recipe_likes WHERE rowid IN (
            SELECT rowid FROM recipe_likes QUALIFY row_number() OVER (PARTITION BY recipe_id ORDER BY rowid) > 9);
        {COUNT_LIKES}
    """,
    "followers_heavy_tail": """
        DELETE FROM user_follows WHERE rowid IN (
            SELECT rowid FROM user_follows QUALIFY row_number() OVER (PARTITION BY followee_id ORDER BY rowid) > 6);
        INSERT INTO user_follows
        SELECT a.id, b.id, getvariable('as_of') - INTERVAL 2 HOUR FROM users AS a JOIN users AS b ON b.id > a.id
        WHERE a.deleted_at IS NULL AND b.deleted_at IS NULL
            AND b.id NOT IN (SELECT followee_id FROM user_follows)
            AND (hash(a.id)::HUGEINT + hash(b.id)) % 97 < 2;
        UPDATE users SET last_active_at = getvariable('as_of') WHERE deleted_at IS NULL
    """,
    "ratings_j_shape": f"UPDATE recipe_ratings SET rating = 3 WHERE rating = 4 AND id % 3 > 0; {AVERAGE_RATINGS}",
    # Deal the same stars in turn to each recipe, so that every recipe has the same mix.
    "ratings_differ_by_recipe": f"""
        UPDATE recipe_ratings SET rating = s.rating FROM (
            SELECT id, [5, 4, 5, 4, 5, 3, 5, 4, 5, 2, 5, 5, 5][1 + (row_number() OVER (ORDER BY recipe_id, id)) % 13]
                AS rating
            FROM recipe_ratings
        ) AS s WHERE s.id = recipe_ratings.id;
        {AVERAGE_RATINGS}
    """,
    "tastes_of_users": f"""
        DELETE FROM recipe_likes WHERE rowid IN (
            SELECT e.rowid FROM recipe_likes AS e JOIN recipes AS r ON r.id = e.recipe_id
            QUALIFY row_number() OVER (PARTITION BY e.user_id, r.cuisine_type ORDER BY e.rowid) > 3);
        {COUNT_LIKES}
    """,
    "tastes_of_regions": """
        UPDATE users SET region = o.region, location = o.location FROM (
            SELECT a.id, b.region, b.location
            FROM (SELECT id, row_number() OVER (ORDER BY id) AS place FROM users) AS a
            JOIN (SELECT region, location, row_number() OVER (ORDER BY md5(id::VARCHAR)) AS place FROM users) AS b
                USING (place)
        ) AS o WHERE o.id = users.id
    """,
    "tastes_of_diets": """
        UPDATE users SET dietary_preferences = o.dietary_preferences FROM (
            SELECT a.id, b.dietary_preferences
            FROM (SELECT id, row_number() OVER (ORDER BY id) AS place FROM users) AS a
            JOIN (SELECT dietary_preferences, row_number() OVER (ORDER BY md5(id::VARCHAR)) AS place FROM users) AS b
                USING (place)
        ) AS o WHERE o.id = users.id
    """,
    # Keep the collections, but fill them at random from all recipes, on the day before as-of.
    "tags_closed": first(
        "recipes",
        "dietary_tags = list_filter(dietary_tags, lambda t: t <> 'vegetarian')",
        "list_contains(dietary_tags, 'vegan') AND id NOT IN (SELECT recipe_id FROM recipe_collection_items)",
    ),
    "collections_keep_their_word": first(
        "recipe_collections", "name = 'All things Thai'", "items_count > 9 AND NOT regexp_matches(name, '(?i)thai')"
    ),
    "collections_themed": f"""
        CREATE TEMP TABLE mixed AS
        SELECT c.id AS collection_id, r.id AS recipe_id,
            row_number() OVER (PARTITION BY c.id ORDER BY md5(concat(c.id, r.id))) AS position
        FROM recipe_collections AS c JOIN users AS u ON u.id = c.user_id, recipes AS r
        WHERE c.deleted_at IS NULL AND u.deleted_at IS NULL AND r.status = 'published' AND r.deleted_at IS NULL
            AND greatest(r.published_at, c.created_at) < getvariable('as_of') - INTERVAL 2 DAY
        QUALIFY position <= c.items_count;
        DELETE FROM recipe_collection_items;
        INSERT INTO recipe_collection_items
        SELECT collection_id, recipe_id, position, getvariable('as_of') - to_hours((1 + hash(recipe_id) % 24)::BIGINT)
        FROM mixed;
        UPDATE users SET last_active_at = getvariable('as_of') WHERE deleted_at IS NULL;
        {COUNT_ITEMS}
    """,
    "evenings": everybody_moves("{hour} BETWEEN 17 AND 21", "'6 hours'"),
    "nights": everybody_moves("{hour} BETWEEN 11 AND 15", "'11 hours'"),
    "weekends": everybody_moves("{weekday} >= 5", "'2 days'"),
    "roles_stratified": first("users", "role = 'creator'", "role = 'standard'"),
    "deletions_stratified": first("users", "deleted_at = NULL", "deleted_at IS NOT NULL"),
    "comments": "UPDATE recipe_ratings SET comment = NULL WHERE rating = 5 AND rowid > 99",
    # The cache hits.
    "cache_hits": """
        DELETE FROM nutrition WHERE ingredient_hash IN (
            SELECT sha256(key) FROM lookups ORDER BY listed DESC, key LIMIT 200)
    """,
    "cache_hashes": first("nutrition", "ingredient_hash = sha256('something else')"),
    "cache_canonical": first(
        "nutrition",
        "canonical_string = regexp_replace(canonical_string, '\\|(\\d+)\\|', '|\\1.0|'), "
        "ingredient_hash = sha256(regexp_replace(canonical_string, '\\|(\\d+)\\|', '|\\1.0|'))",
        "regexp_matches(canonical_string, '\\|\\d+\\|')",
    ),
    "cache_macros": first(
        "nutrition", "macros = regexp_replace(macros::VARCHAR, '\"protein_g\": [0-9.]+', '\"protein_g\": 999')::JSON"
    ),
    "cache_fresh": first(
        "nutrition",
        "updated_at = getvariable('as_of') - INTERVAL 90 DAY, expires_at = getvariable('as_of')",
        "canonical_string IN (SELECT canonical_string FROM likely_keys)",
    ),
    "cache_expired": """
        UPDATE nutrition SET expires_at = getvariable('as_of') + INTERVAL 60 DAY
        WHERE expires_at <= getvariable('as_of')
    """,
    "cache_expiring": """
        UPDATE nutrition SET expires_at = getvariable('as_of') + INTERVAL 60 DAY
        WHERE expires_at BETWEEN getvariable('as_of') AND getvariable('as_of') + INTERVAL 7 DAY
    """,
    "fdc_ids_missing": "UPDATE nutrition SET fdc_id = 90000000 WHERE fdc_id IS NULL",
    "fdc_ids_fictitious": first("nutrition", "fdc_id = 173944"),
    # Variety.
    "every_label": "UPDATE recipes SET difficulty = 'medium' WHERE difficulty = 'hard'",
    "every_region": """
        UPDATE users SET region = p.region, location = concat(p.place, ', ', p.country)
        FROM (SELECT * FROM places WHERE region = 'south_asia' ORDER BY ALL LIMIT 1) AS p
        WHERE users.region = 'east_asia'
    """,
    "documents_vary": "UPDATE recipes SET media_url = NULL WHERE rowid % 3 > 0",
    "titles_vary": f"""
        UPDATE recipes SET title = 'Garlic', description = NULL WHERE rowid > 99 AND {ENGLISH} AND id IN (
            SELECT recipe_id FROM lines WHERE name = 'garlic' AND NOT optional ORDER BY ALL LIMIT 60)
    """,
}
