-- The texts and photos of recipes, apart from the names of their foods.

-- A million steps have few distinct texts, so each text is read once and then compared with the lines of the recipes.
-- rule: foods_called_by_number
-- about: a step says "the carrot" where the recipe lists one piece, and "the carrots" for more of them
-- limit: 0
-- each: recipes
WITH called AS (
    SELECT s.said, w.food, s.word = w.one AS one
    FROM (SELECT said, language, ingredients, unnest(foods_named(text, language)) AS word FROM sayings) AS s
    JOIN (
        SELECT language, food, unnest([single, display]) AS word, single AS one FROM (
            SELECT
                language, food, CASE language WHEN 'ja' THEN lower(display) ELSE trim(plain(display)) END AS display,
                CASE language WHEN 'ja' THEN lower(single) ELSE trim(plain(single)) END AS single
            FROM food_words WHERE lower(display) <> lower(single)
        ) AS words
    ) AS w ON w.language = s.language AND s.word = w.word AND list_contains(s.ingredients, w.food)
    QUALIFY count(*) OVER (PARTITION BY s.said, s.language, s.word) = 1
),
wrong AS (
    SELECT s.recipe_id, s.position, c.said, c.food
    FROM (
        SELECT recipe_id, name,
            unit IN ('piece', 'leaf', 'sheet', 'slice', 'stick', 'head') AND quantity <= 1 AS one
        FROM lines WHERE quantity IS NOT NULL AND name IN (SELECT food FROM called)
    ) AS l
    JOIN steps AS s USING (recipe_id)
    JOIN called AS c ON c.said = s.said AND c.food = l.name AND c.one <> l.one
)
SELECT DISTINCT recipe_id, position, food, text FROM wrong JOIN texts USING (said);

-- rule: texts_do_not_hedge
-- about: no step offers a choice between two actions, such as "beat or mash"
-- limit: 0
-- each: recipes
SELECT recipe_id, position, regexp_extract(text, getvariable('hedge')) AS hedge, text
FROM sayings JOIN sayers USING (said, language)
WHERE language = 'en' AND regexp_matches(text, getvariable('hedge'));

-- rule: cans_hold_food
-- about: no text says "can of canned tomatoes"
-- limit: 0
-- each: recipes
SELECT recipe_id, position, text FROM sayings JOIN sayers USING (said, language)
WHERE regexp_matches(text, '(?i)\bcans? (of )?(the )?canned\b')
UNION ALL
SELECT id, NULL, title FROM cookbook
WHERE regexp_matches(concat_ws('. ', title, description), '(?i)\bcans? (of )?(the )?canned\b');

-- rule: cut_once
-- about: no step cuts a food that its note already calls cut
-- limit: 0
-- each: recipes
SELECT s.recipe_id, l.name, t.text
FROM (
    SELECT said, text, food, concat(
        '(?i)\b(?:slice|dice|chop|mince|grate|cube|shred|crush|halve|quarter|tear|cut)(?: \w+){0,3} (?:',
        regexp_escape(display), '|', regexp_escape(single), ')\b'
    ) AS cutting
    FROM (SELECT said, text, unnest(ingredients) AS food FROM sayings WHERE language = 'en') AS named
    JOIN food_words USING (food)
    WHERE food_words.language = 'en' AND food IN (SELECT name FROM lines WHERE cut)
        AND regexp_matches(text, '(?i)\b(?:slice|dice|chop|mince|grate|cube|shred|crush|halve|quarter|tear|cut)\b')
) AS t
JOIN steps AS s USING (said) JOIN lines AS l ON l.recipe_id = s.recipe_id AND l.name = t.food AND l.cut
WHERE regexp_matches(text, cutting);

-- rule: nothing_soft_cooked_through
-- about: no step says that tofu, cheese or pulses are "cooked through", unless they are with meat, fish or egg
-- limit: 0
-- each: recipes
SELECT recipe_id, position, text
FROM (
    SELECT said, text
    FROM (
        SELECT said, text, unnest(ingredients) AS name FROM sayings
        WHERE language = 'en' AND regexp_matches(text, '(?i)\bcook(ed|s)? through\b')
    ) AS s
    JOIN foods AS f USING (name) GROUP BY said, text
    HAVING bool_or(name LIKE '%tofu%' OR f.category IN ('legume', 'dairy') AND f.origin <> 'meat')
        AND NOT bool_or(f.origin IN ('meat', 'fish', 'shellfish', 'egg'))
) AS soft
JOIN (FROM sayers WHERE language = 'en') AS e USING (said);

-- rule: what_boils_is_wet
-- about: share of recipes with something wet, such as water, stock or a sauce, among those whose steps boil or simmer something
-- between: 0.9 1
-- needs: recipes 100
SELECT avg(wet::INTEGER) AS share FROM holdings WHERE boils;

-- rule: languages_of_recipes
-- about: share of recipes that are written in Spanish, French, Japanese or Arabic
-- between: 0.1 0.2
-- needs: recipes 10000
SELECT avg((language <> 'en')::INTEGER) AS share FROM holdings;

-- rule: every_language
-- about: there are recipes in each of the five languages
-- limit: 0
-- needs: recipes 2000
SELECT DISTINCT language FROM food_words WHERE language IN ('en', 'es', 'fr', 'ja', 'ar')
    AND language NOT IN (SELECT language FROM holdings);

-- rule: titles_stay_in_their_language
-- about: title and description are in the script of the recipe's language, except for the titles of edge cases
-- limit: 0
-- each: recipes
SELECT id, language, title, description FROM cookbook JOIN recipe_languages ON recipe_id = id
ANTI JOIN free_titles USING (title)
WHERE length(title) < 255 AND CASE language
    WHEN 'ja' THEN NOT regexp_matches(title, '[\p{Hiragana}\p{Katakana}\p{Han}]')
    WHEN 'ar' THEN NOT regexp_matches(title, '\p{Arabic}')
    ELSE regexp_matches(concat(title, description), '[\p{Hiragana}\p{Katakana}\p{Han}\p{Arabic}]')
END;

-- rule: desserts_show_sweets
-- implies: photos_fit_dish, photos_show_what_is_held
-- about: share of desserts with a photo whose photo shows a sweet
-- between: 0.95 1
-- needs: recipes 100
SELECT avg(sweet::INTEGER) AS share FROM cookbook JOIN photos ON photo = media_url WHERE meal_type = 'dessert';

-- rule: meals_show_no_sweets
-- implies: photos_fit_dish, photos_show_what_is_held
-- about: share of lunches, dinners and appetizers with a photo whose photo shows a sweet
-- between: 0 0.05
-- needs: recipes 100
SELECT avg(sweet::INTEGER) AS share FROM cookbook JOIN photos ON photo = media_url WHERE meal_type IN ('lunch', 'dinner', 'appetizer');

-- rule: photos_fit_dish
-- implies: photos_show_what_is_held
-- about: every photo of a recipe or a step is of a class of dishes that the cuisine has for this meal
-- limit: 0
-- each: recipes
SELECT id, cuisine_type, meal_type, title, photo FROM (
    SELECT id, media_url AS photo FROM cookbook UNION SELECT recipe_id, image_url FROM steps
) AS shown
JOIN cookbook USING (id)
ANTI JOIN dish_photos AS d ON d.cuisine = cuisine_type AND d.meal = meal_type AND d.photo = shown.photo
WHERE photo IS NOT NULL;

-- rule: photos_show_what_is_held
-- about: no photo shows meat, fish or egg that the recipe lacks, or misses one of the recipe that would be visible
-- limit: 0
-- each: recipes
SELECT r.id, r.title, photo, shows, hides, held
FROM cookbook AS r JOIN photos ON photo = r.media_url
JOIN (SELECT recipe_id, list(DISTINCT origin::VARCHAR) AS held FROM lines WHERE known GROUP BY recipe_id) AS l
    ON l.recipe_id = r.id
WHERE NOT list_has_all(held, shows) OR list_has_any(held, hides);
