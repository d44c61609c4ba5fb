-- What the rules share, made once: documents unnested, foods looked up. What is malformed becomes NULL here, never an
-- error; rules say so. `foods`, `food_units`, `places`, `dish_foods` and `likely_keys` are the vocabularies
-- (references.py); getvariable('as_of') and enum_labels(enum, label) come from the manifest.

-- make: people
CREATE TEMP TABLE people AS
SELECT u.*, p.utc_offset_minutes
FROM users AS u
LEFT JOIN (SELECT DISTINCT ON (region, location) region, concat(place, ', ', country) AS location, utc_offset_minutes
           FROM places) AS p USING (region, location);

-- make: cookbook
CREATE TEMP TABLE cookbook AS
SELECT
    id, author_id, title, description, servings, cuisine_type, meal_type, difficulty, dietary_tags, media_url, status,
    published_at, likes_count, ratings_count, rating_average, collections_count, created_at, updated_at, deleted_at,
    epoch(prep_duration) / 60 AS prep_minutes, epoch(cook_duration) / 60 AS cook_minutes,
    TRY(from_json(nutrition, '{
        "fat_g": "DOUBLE", "carbs_g": "DOUBLE", "fiber_g": "DOUBLE", "sugar_g": "DOUBLE", "calories": "DOUBLE",
        "alcohol_g": "DOUBLE", "protein_g": "DOUBLE", "sodium_mg": "DOUBLE", "saturated_fat_g": "DOUBLE",
        "source_info": {"method": "VARCHAR", "source": "VARCHAR", "ingredients": "INTEGER"}
    }')) AS n
FROM recipes;

-- make: lines
CREATE TEMP TABLE lines AS
WITH documents AS (
    SELECT id, servings, cuisine_type, meal_type, TRY(from_json(ingredients, '[{
        "name": "VARCHAR", "unit": "VARCHAR", "notes": "VARCHAR", "optional": "BOOLEAN", "quantity": "DOUBLE"
    }]')) AS items
    FROM recipes
),
unnested AS (
    SELECT id AS recipe_id, servings, cuisine_type, meal_type, unnest(items) AS line, len(items) AS of_lines
    FROM documents
)
SELECT
    l.recipe_id, l.servings, l.cuisine_type, l.meal_type,
    l.line.name AS name, l.line.unit AS unit, l.line.quantity AS quantity, l.line.notes AS notes,
    coalesce(l.line.optional, false) AS optional, l.line.quantity * u.grams AS grams,
    f.name IS NOT NULL AS known, u.unit IS NOT NULL AS unit_fits,
    f.display, f.category, f.origin, f.gluten, f.pork, f.kcal, f.protein, f.carbs, f.fibre, f.sugars, f.fat, f.saturated,
    f.alcohol, f.sodium, f.factor, f.max_g
FROM unnested AS l
LEFT JOIN foods AS f ON f.name = l.line.name
LEFT JOIN food_units AS u ON u.food = l.line.name AND u.unit = l.line.unit;

-- make: steps
CREATE TEMP TABLE steps AS
WITH documents AS (
    SELECT id, TRY(from_json(instructions, '[{
        "step": "INTEGER", "text": "VARCHAR", "minutes": "INTEGER", "image_url": "VARCHAR", "ingredients": ["VARCHAR"]
    }]')) AS items
    FROM recipes
),
unnested AS (
    SELECT id AS recipe_id, unnest(items) AS s, generate_subscripts(items, 1) AS position FROM documents
)
SELECT
    recipe_id, position, s.step AS step, s.text AS text, s.minutes AS minutes, s.image_url AS image_url,
    s.ingredients AS ingredients
FROM unnested;

-- make: step_foods
CREATE TEMP TABLE step_foods AS
SELECT s.recipe_id, s.position, s.text, s.name, f.display
FROM (SELECT recipe_id, position, text, unnest(ingredients) AS name FROM steps) AS s
LEFT JOIN foods AS f ON f.name = s.name;

-- make: tagged
CREATE TEMP TABLE tagged AS
SELECT id AS recipe_id, unnest(dietary_tags) AS tag, n FROM cookbook;

-- make: reactions
CREATE TEMP TABLE reactions AS
SELECT 'like' AS what, user_id, recipe_id, created_at AS moment FROM recipe_likes
UNION ALL
SELECT 'rating', user_id, recipe_id, created_at FROM recipe_ratings
UNION ALL
SELECT 'item', c.user_id, i.recipe_id, i.added_at
FROM recipe_collection_items AS i JOIN recipe_collections AS c ON c.id = i.collection_id;

-- make: acts
CREATE TEMP TABLE acts AS
SELECT user_id, moment FROM reactions
UNION ALL
SELECT follower_id, created_at FROM user_follows;

-- What people do, in their own local time; hours and weekdays (Monday is 0) by arithmetic on UTC offsets.
-- make: moments
CREATE TEMP TABLE moments AS
SELECT
    what,
    (epoch_us(moment) // 1000000 + utc_offset_minutes * 60) // 3600 % 24 AS hour,
    ((epoch_us(moment) // 1000000 + utc_offset_minutes * 60) // 86400 + 3) % 7 AS weekday
FROM (
    SELECT what, user_id, moment FROM reactions
    UNION ALL
    SELECT 'follow', follower_id, created_at FROM user_follows
) AS e
JOIN people AS p ON p.id = e.user_id
WHERE utc_offset_minutes IS NOT NULL;

-- A number as JavaScript prints it. DuckDB too prints the shortest digits that give the double back, but in another form.
-- make: js_number
CREATE TEMP MACRO js_number(x) AS CASE
    WHEN abs(x) < 1e16 AND x = trunc(x) THEN x::HUGEINT::VARCHAR
    WHEN abs(x) >= 1e16 AND abs(x) < 1e21 THEN concat(
        CASE WHEN x < 0 THEN '-' ELSE '' END,
        rpad(
            regexp_replace(split_part(abs(x)::DOUBLE::VARCHAR, 'e', 1), '\.0$|\.', ''),
            1 + split_part(abs(x)::DOUBLE::VARCHAR, 'e', 2)::INTEGER, '0'
        )
    )
    WHEN abs(x) >= 1e-6 AND abs(x) < 1e-4 THEN concat(
        CASE WHEN x < 0 THEN '-' ELSE '' END, '0.', repeat('0', CASE WHEN abs(x) < 1e-5 THEN 5 ELSE 4 END),
        regexp_replace(split_part(abs(x)::DOUBLE::VARCHAR, 'e', 1), '\.0$|\.', '')
    )
    ELSE regexp_replace(regexp_replace(x::DOUBLE::VARCHAR, '\.0(e|$)', '\1'), 'e([+-])0*', 'e\1')
END;

-- make: metric
CREATE TEMP TABLE metric AS
SELECT * FROM (VALUES
    ('lb', 453.592::DOUBLE, 'g'), ('oz', 28.3495::DOUBLE, 'g'), ('kg', 1000::DOUBLE, 'g'),
    ('cup', 236.588::DOUBLE, 'ml'), ('tsp', 4.92892::DOUBLE, 'ml'), ('tbsp', 14.7868::DOUBLE, 'ml'),
    ('l', 1000::DOUBLE, 'ml')
) AS m (unit, factor, canonical);

-- make: folded_name
CREATE TEMP MACRO folded_name(name) AS
    trim(regexp_replace(regexp_replace(lower(name), '[!-/:-@\[-`{-~‘’“”–—…]', '', 'g'), '\s+', ' ', 'g'));

-- The cache key of a line, as the Edge Function makes it. `factor` and `canonical` are the unit's in `metric`, or NULL.
-- make: cache_key
CREATE TEMP MACRO cache_key(name, quantity, unit, factor, canonical) AS concat(
    folded_name(name), '|', js_number(quantity::DOUBLE * coalesce(factor, 1::DOUBLE)), '|',
    coalesce(canonical, nullif(lower(trim(unit)), ''), 'g')
);

-- Each distinct line with its key, how many lines it stands for, and whether the cache answers.
-- make: lookups
CREATE TEMP TABLE lookups AS
WITH keyed AS (
    SELECT d.lines, cache_key(d.name, d.quantity, d.unit, m.factor, m.canonical) AS key
    FROM (SELECT name, quantity, unit, count(*) AS lines FROM lines GROUP BY ALL) AS d
    LEFT JOIN metric AS m ON m.unit = lower(trim(d.unit))
)
SELECT k.key, k.lines, c.ingredient_hash IS NOT NULL AS hit
FROM keyed AS k
LEFT JOIN nutrition AS c ON c.ingredient_hash = sha256(k.key) AND c.expires_at > getvariable('as_of');

-- Every food's name as one pattern, the longest first, so that "chicken stock" is not "chicken".
-- make: food_pattern
SET VARIABLE food_pattern = (
    SELECT concat('\b(?:', string_agg(lower(regexp_escape(display)), '|' ORDER BY length(display) DESC, display), ')\b')
    FROM foods
);
