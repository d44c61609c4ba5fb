-- What the rules share, made once: unnested documents, with their foods looked up. A malformed value becomes NULL here and
-- never an error; rules report it. Tables that are not made here are the dataset's, or vocabularies (references.py).
-- getvariable('as_of') and enum_labels(enum, label) come from the manifest.

-- make: people
CREATE TEMP TABLE people AS
SELECT u.*, p.utc_offset_minutes, p.language, p.country
FROM users AS u
LEFT JOIN (
    SELECT DISTINCT ON (region, location)
        region, concat(place, ', ', country) AS location, utc_offset_minutes, language, country
    FROM places ORDER BY region, location, language
) AS p USING (region, location);

-- Without counters: a share of a build checks its recipes before likes are counted.
-- make: cookbook
CREATE TEMP VIEW cookbook AS
SELECT
    id, author_id, title, description, servings, cuisine_type, meal_type, difficulty, dietary_tags, media_url, status,
    published_at, created_at, updated_at, deleted_at,
    epoch(prep_duration) / 60 AS prep_minutes, epoch(cook_duration) / 60 AS cook_minutes
FROM recipes;

-- make: macros
CREATE TEMP TABLE macros AS
SELECT
    id, dietary_tags,
    TRY(from_json(nutrition, '{
        "fat_g": "DOUBLE", "carbs_g": "DOUBLE", "fiber_g": "DOUBLE", "sugar_g": "DOUBLE", "calories": "DOUBLE",
        "alcohol_g": "DOUBLE", "protein_g": "DOUBLE", "sodium_mg": "DOUBLE", "saturated_fat_g": "DOUBLE",
        "source_info": {"method": "VARCHAR", "source": "VARCHAR", "ingredients": "INTEGER"}
    }')) AS n
FROM recipes;

-- make: food_category
CREATE TEMP TYPE food_category AS ENUM (SELECT DISTINCT category FROM foods ORDER BY ALL);

-- make: food_origin
CREATE TEMP TYPE food_origin AS ENUM (SELECT DISTINCT origin FROM foods ORDER BY ALL);

-- `cut`: the note says that the food is cut already.
-- make: lines
CREATE TEMP TABLE lines AS
WITH documents AS (
    SELECT id, TRY(from_json(ingredients, '[{
        "name": "VARCHAR", "unit": "VARCHAR", "notes": "VARCHAR", "optional": "BOOLEAN", "quantity": "DOUBLE"
    }]')) AS items
    FROM recipes
),
unnested AS (SELECT id AS recipe_id, unnest(items) AS line FROM documents)
SELECT
    l.recipe_id, l.line.name AS name, l.line.unit AS unit, l.line.quantity AS quantity,
    coalesce(l.line.optional, false) AS optional, l.line.quantity * u.grams AS grams,
    l.line.notes IS NOT NULL AS noted,
    regexp_matches(l.line.notes, '\b(diced|sliced|chopped|minced|grated|cubed|shredded|crushed|halved|quartered|torn)\b')
        AS cut,
    f.name IS NOT NULL AS known, u.unit IS NOT NULL AS unit_fits, f.category::food_category AS category,
    f.origin::food_origin AS origin, f.gluten, f.pork
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
    s.ingredients AS ingredients, hash(s.text, s.ingredients) AS said
FROM unnested;

-- The distinct texts of steps, with their foods. Many recipes share few texts, so rules read each text once.
-- make: texts
CREATE TEMP TABLE texts AS
SELECT said, any_value(text) AS text, any_value(ingredients) AS ingredients FROM steps GROUP BY said;

-- make: step_foods
CREATE TEMP TABLE step_foods AS
SELECT DISTINCT recipe_id, name FROM (SELECT recipe_id, unnest(ingredients) AS name FROM steps) AS used;

-- The steps without the columns that `texts` and `step_foods` hold.
-- make: short_steps
CREATE OR REPLACE TEMP TABLE steps AS
SELECT recipe_id, position, step, minutes, image_url, said, text <> '' AS worded FROM steps;

-- Only letters and digits, and two spaces between words, so that `contains(plain(text), plain(word))` finds whole words.
-- make: plain
CREATE TEMP MACRO plain(said) AS
    concat(' ', trim(regexp_replace(lower(said), '[^\pL\pM\pN]+', '  ', 'g')), ' ');

-- The words for foods by language: for one piece or several, with an article or without. `word` stands between spaces, as
-- in plain(text). In Arabic no space is before it, since short words are joined to the next one; Japanese has no spaces.
-- make: words
CREATE TEMP TABLE words AS
SELECT DISTINCT
    language, food, joined,
    CASE WHEN joined THEN lower(word) WHEN language = 'ar' THEN ltrim(plain(word)) ELSE plain(word) END AS word
FROM (
    SELECT language, food, language = 'ja' AS joined, unnest([display, single, title, title_single]) AS word
    FROM food_words
);

-- All words for foods as one pattern per language, the longest first, so that "chicken stock" is not read as "chicken".
-- make: patterns
CREATE TEMP TABLE patterns AS
SELECT language, string_agg(regexp_escape(trim(word)), '|' ORDER BY length(word) DESC, word) AS pattern
FROM (SELECT DISTINCT language, word FROM words) GROUP BY language;

-- make: pattern_en
SET VARIABLE foods_en = (SELECT concat(' (?:', pattern, ') ') FROM patterns WHERE language = 'en');

-- make: pattern_es
SET VARIABLE foods_es = (SELECT concat(' (?:', pattern, ') ') FROM patterns WHERE language = 'es');

-- make: pattern_fr
SET VARIABLE foods_fr = (SELECT concat(' (?:', pattern, ') ') FROM patterns WHERE language = 'fr');

-- make: pattern_ja
SET VARIABLE foods_ja = (SELECT concat(pattern, '|ない') FROM patterns WHERE language = 'ja');

-- make: pattern_ar
SET VARIABLE foods_ar = (SELECT concat(' [وفبكل]?(', pattern, ') ') FROM patterns WHERE language = 'ar');

-- The Japanese pattern also finds ない (not), which is dropped. Else ない before かぼちゃ (pumpkin) would yield いか (squid).
-- make: foods_named
CREATE TEMP MACRO foods_named(said, tongue) AS list_filter(list_transform(list_distinct(CASE tongue
    WHEN 'en' THEN regexp_extract_all(plain(said), getvariable('foods_en'))
    WHEN 'es' THEN regexp_extract_all(plain(said), getvariable('foods_es'))
    WHEN 'fr' THEN regexp_extract_all(plain(said), getvariable('foods_fr'))
    WHEN 'ja' THEN regexp_extract_all(lower(said), getvariable('foods_ja'))
    ELSE regexp_extract_all(plain(said), getvariable('foods_ar'), 1)
END), lambda word: trim(word)), lambda word: word <> 'ない');

-- A step's language is the one whose words for its foods have the most letters in its text. A recipe's language is that of
-- most of its steps.
-- make: recipe_languages
CREATE TEMP TABLE recipe_languages AS
WITH named AS (
    SELECT t.said, w.language, w.food, max(length(w.word)) AS letters
    FROM (
        SELECT said, lower(text) AS low, plain(text) AS plain, unnest(ingredients) AS food FROM texts
    ) AS t
    JOIN words AS w ON w.food = t.food AND w.language IN ('en', 'es', 'fr', 'ja', 'ar')
        AND contains(CASE WHEN w.joined THEN t.low ELSE t.plain END, w.word)
    GROUP BY ALL
),
of_step AS (
    SELECT said, language, sum(letters) AS letters FROM named GROUP BY said, language
    QUALIFY row_number() OVER (PARTITION BY said ORDER BY sum(letters) DESC, language <> 'en', language) = 1
),
of_recipe AS (
    SELECT recipe_id, language, count(*) AS steps FROM steps JOIN of_step USING (said) GROUP BY recipe_id, language
    QUALIFY row_number() OVER (PARTITION BY recipe_id ORDER BY count(*) DESC, language <> 'en', language) = 1
)
SELECT c.id AS recipe_id, coalesce(o.language, 'en') AS language
FROM cookbook AS c LEFT JOIN of_recipe AS o ON o.recipe_id = c.id;

-- The distinct texts of steps, by the language of their recipes.
-- make: sayings
CREATE TEMP TABLE sayings AS
SELECT said, language, text, ingredients
FROM (SELECT DISTINCT said, language FROM steps JOIN recipe_languages USING (recipe_id)) AS s
JOIN texts USING (said);

-- The recipes and steps that have each of these texts.
-- make: sayers
CREATE TEMP VIEW sayers AS
SELECT recipe_id, position, said, language FROM steps JOIN recipe_languages USING (recipe_id);

-- One short row per recipe with facts about its documents.
-- make: holdings
-- extract: recipes
CREATE TEMP TABLE holdings AS
SELECT
    c.id AS recipe_id, c.language, strlen(c.ingredients) > length(c.ingredients) AS beyond_ascii,
    l.* EXCLUDE (recipe_id), s.* EXCLUDE (recipe_id)
FROM (
    SELECT r.id, o.language, r.ingredients::VARCHAR AS ingredients
    FROM recipes AS r JOIN recipe_languages AS o ON o.recipe_id = r.id
) AS c
LEFT JOIN (
    SELECT
        recipe_id, list(name) AS foods, count(*) AS n_lines, count(*) FILTER (noted) AS n_noted, count(*) FILTER (optional) AS n_optional,
        bool_or(origin IN ('meat', 'fish', 'shellfish')) AS flesh, string_agg(name, ', ' ORDER BY name) FILTER (pork) AS pork,
        bool_or(
            category = 'liquid' OR name IN ('whole milk', 'cream', 'tomato', 'canned tomatoes', 'soy sauce', 'egg')
        ) AS wet
    FROM lines GROUP BY recipe_id
) AS l ON l.recipe_id = c.id
LEFT JOIN (
    SELECT
        recipe_id, count(*) AS n_steps, count(*) FILTER (minutes IS NULL) AS n_untimed, count(image_url) AS n_pictured,
        bool_or(b.said IS NOT NULL) AS boils
    FROM steps
    LEFT JOIN (
        SELECT said FROM sayings WHERE language = 'en' AND regexp_matches(text, '(?i)\b(boil|simmer)')
    ) AS b USING (said)
    GROUP BY recipe_id
) AS s ON s.recipe_id = c.id;

-- How often recipes list each food in each quantity and unit.
-- make: quantities
-- extract: recipes
CREATE TEMP TABLE quantities AS
SELECT name, quantity, unit, count(*) AS listed FROM lines GROUP BY ALL;

-- A word without plural endings: a recipe with "tomatoes" may be called "Spiced tomato".
-- make: counted_once
CREATE TEMP MACRO counted_once(word) AS regexp_replace(concat(' ', trim(word), ' '), 'e?s ', ' ', 'g');

-- The words for foods in titles and descriptions. `held`: the word means a food of the recipe. `sure`: it means a food of
-- the recipe that is not optional.
-- make: told
CREATE TEMP TABLE told AS
WITH texts AS (
    SELECT id, true AS in_title, title AS text FROM cookbook UNION ALL SELECT id, false, description FROM cookbook
),
said AS (
    SELECT id, in_title, language, unnest(foods_named(text, language)) AS word
    FROM texts JOIN recipe_languages ON recipe_id = id
),
meanings AS (
    SELECT DISTINCT s.language, s.word, w.food
    FROM (SELECT DISTINCT language, word FROM said) AS s
    JOIN words AS w ON w.language = s.language AND CASE
        WHEN w.joined THEN contains(w.word, s.word)
        ELSE contains(counted_once(w.word), counted_once(s.word))
    END
)
SELECT
    s.id, s.in_title, s.word, bool_or(l.name IS NOT NULL) AS held, bool_or(NOT coalesce(l.optional, true)) AS sure
FROM said AS s
LEFT JOIN meanings AS m ON m.language = s.language AND m.word = s.word
LEFT JOIN lines AS l ON l.recipe_id = s.id AND l.name = m.food
GROUP BY s.id, s.in_title, s.word;

-- make: tagged
CREATE TEMP VIEW tagged AS
SELECT id AS recipe_id, unnest(dietary_tags) AS tag FROM cookbook;

-- make: reactions
CREATE TEMP VIEW reactions AS
SELECT 'like' AS what, user_id, recipe_id, created_at AS moment FROM recipe_likes
UNION ALL
SELECT 'rating', user_id, recipe_id, created_at FROM recipe_ratings
UNION ALL
SELECT 'item', c.user_id, i.recipe_id, i.added_at
FROM recipe_collection_items AS i JOIN recipe_collections AS c ON c.id = i.collection_id;

-- make: acts
CREATE TEMP VIEW acts AS
SELECT user_id, moment FROM reactions
UNION ALL
SELECT follower_id, created_at FROM user_follows;

-- The number of acts by hour and weekday (Monday is 0) in the users' local time, computed from their UTC offsets.
-- make: moments
CREATE TEMP TABLE moments AS
SELECT (local // 3600 % 24)::TINYINT AS hour, ((local // 86400 + 3) % 7)::TINYINT AS weekday, count(*) AS n
FROM (
    SELECT epoch_us(moment) // 1000000 + utc_offset_minutes * 60 AS local
    FROM acts JOIN people AS p ON p.id = user_id WHERE utc_offset_minutes IS NOT NULL
) AS e
GROUP BY ALL;

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

-- The cache key of a line, as the Edge Function makes it. `factor` and `canonical` are those of the unit in `metric`, or NULL.
-- make: cache_key
CREATE TEMP MACRO cache_key(name, quantity, unit, factor, canonical) AS concat(
    folded_name(name), '|', js_number(quantity::DOUBLE * coalesce(factor, 1::DOUBLE)), '|',
    coalesce(canonical, nullif(lower(trim(unit)), ''), 'g')
);

-- Each distinct line with its key, how often it is listed, and whether the cache has a fresh row for it (`hit`).
-- make: lookups
CREATE TEMP TABLE lookups AS
WITH keyed AS (
    SELECT d.listed, cache_key(d.name, d.quantity, d.unit, m.factor, m.canonical) AS key
    FROM (SELECT name, quantity, unit, sum(listed)::BIGINT AS listed FROM quantities GROUP BY ALL) AS d
    LEFT JOIN metric AS m ON m.unit = lower(trim(d.unit))
)
SELECT k.key, k.listed, c.ingredient_hash IS NOT NULL AS hit
FROM keyed AS k
LEFT JOIN nutrition AS c ON c.ingredient_hash = sha256(k.key) AND c.expires_at > getvariable('as_of');

-- The cuisines, meals and diets that collections may name, as one pattern.
-- make: label_pattern
SET VARIABLE label_pattern = (
    SELECT concat('\b(?:', string_agg(regexp_escape(label), '|' ORDER BY length(label) DESC, label), ')\b') FROM (
        SELECT cuisine_type AS label FROM cookbook UNION SELECT meal_type FROM cookbook
        UNION SELECT replace(tag, '_', '-') FROM tagged
    ) AS labels
);

-- make: hedge
SET VARIABLE hedge = (
    SELECT concat('(?i)\b(', acts, ') or (', acts, ')\b') FROM (SELECT
        'beat|mash|slice|shred|chop|tear|grate|crumble|peel|scrub|dice|crush|halve|drain|rinse|shell|trim|boil|steam|fry|'
        || 'grill|roast|bake|toss|fold|stir|cut|whisk|mince|cube' AS acts
    ) AS words
);

-- The languages of each comment's opening, and the opening's length. A few openings are the same in two languages.
-- make: comment_languages
-- extract: recipe_ratings
CREATE TEMP TABLE comment_languages AS
SELECT g.id, c.language, max(length(c.text)) AS length
FROM recipe_ratings AS g
JOIN comment_parts AS c ON c.part = 'opening' AND left(g.comment, 2) = left(c.text, 2) AND starts_with(g.comment, c.text)
GROUP BY g.id, c.language;

-- Likes with the user's region and the recipe's cuisine. A user or a recipe with more than a 25th of all likes is an edge
-- case, which says nothing about tastes.
-- make: tastes
CREATE TEMP TABLE tastes AS
SELECT e.user_id, u.region, r.cuisine_type
FROM recipe_likes AS e
ANTI JOIN (
    SELECT user_id FROM recipe_likes GROUP BY user_id HAVING 25 * count(*) > (SELECT count(*) FROM recipe_likes)
) AS busy ON busy.user_id = e.user_id
ANTI JOIN (
    SELECT recipe_id FROM recipe_likes GROUP BY recipe_id HAVING 25 * count(*) > (SELECT count(*) FROM recipe_likes)
) AS famous ON famous.recipe_id = e.recipe_id
JOIN cookbook AS r ON r.id = e.recipe_id
JOIN users AS u ON u.id = e.user_id;
