-- Recipes are consistent: ingredient lines, steps, times and texts agree.

-- rule: lines_complete
-- about: every recipe has ingredient lines; each has a name, and both a unit and a quantity above zero or neither
-- limit: 0
-- each: recipes
-- implies: nutrition_sums, foods_known, units_fit, steps_use_listed, foods_used, title_names_food, nutrition_source
SELECT r.id, l.name, l.unit, l.quantity FROM cookbook AS r LEFT JOIN lines AS l ON l.recipe_id = r.id
WHERE (l.name <> '' AND (l.unit <> '' AND l.quantity > 0 OR l.unit IS NULL AND l.quantity IS NULL)) IS NOT TRUE;

-- rule: foods_known
-- about: ingredients are foods of the food table
-- limit: 0
-- each: recipes
-- implies: nutrition_sums, steps_use_listed, title_names_food, texts_name_own_foods
SELECT recipe_id, name FROM lines WHERE NOT known AND name IS NOT NULL;

-- rule: units_fit
-- about: units fit the food: no clove of beef
-- limit: 0
-- each: recipes
-- implies: nutrition_sums
SELECT recipe_id, name, unit FROM lines WHERE known AND NOT unit_fits AND unit IS NOT NULL;

-- rule: portions_plausible
-- about: no serving holds more of a food than people eat: no 300 g of salt
-- limit: 0
-- each: recipes
-- implies: nutrition_sums
SELECT recipe_id, name, round(grams / servings) AS grams, max_g AS at_most
FROM (SELECT recipe_id, name, sum(grams) AS grams FROM lines GROUP BY recipe_id, name) AS l
JOIN foods USING (name) JOIN cookbook AS r ON r.id = recipe_id WHERE grams > servings * max_g + 0.001;

-- rule: foods_fit_dish
-- implies: photos_fit_dish
-- about: foods fit the cuisine and the meal
-- limit: 0
-- each: recipes
SELECT recipe_id, cuisine_type, meal_type, name FROM lines JOIN cookbook AS r ON r.id = recipe_id
ANTI JOIN dish_foods AS d ON d.cuisine = cuisine_type AND d.meal = meal_type AND d.food = name
WHERE known;

-- rule: foods_once
-- about: no recipe lists a food twice
-- limit: 0
-- each: recipes
-- implies: nutrition_sums, nutrition_source
SELECT recipe_id, name FROM lines GROUP BY ALL HAVING count(*) > 1;

-- rule: title_names_food
-- about: the title names a food of the recipe that is not optional, except for the titles of edge cases
-- limit: 0
-- each: recipes
SELECT id, title FROM cookbook
ANTI JOIN (
    SELECT id FROM told WHERE in_title AND sure
    UNION ALL  -- in シンプルないか (simple squid), ない (not) comes before いか (squid), and both share a letter
    SELECT r.id FROM cookbook AS r JOIN recipe_languages AS o ON o.recipe_id = r.id AND o.language = 'ja'
    JOIN lines AS l ON l.recipe_id = r.id AND NOT l.optional
    JOIN words AS w ON w.joined AND w.food = l.name AND contains(lower(r.title), w.word)
) AS named USING (id)
ANTI JOIN free_titles USING (title) WHERE length(title) < 255;

-- rule: texts_name_own_foods
-- about: title and description name no food that the recipe lacks
-- limit: 0
-- each: recipes
SELECT id, word, title, description FROM (FROM told WHERE NOT held) AS t JOIN cookbook USING (id);

-- rule: steps_numbered
-- about: every recipe has at least four steps, numbered from 1, each with a text
-- limit: 0
-- each: recipes
-- implies: steps_use_listed, foods_used, minutes_agree, steps_name_foods
SELECT id, count(s.position) AS steps FROM cookbook LEFT JOIN steps AS s ON s.recipe_id = id
GROUP BY id HAVING count(s.position) < 4 OR NOT bool_and((s.step = s.position AND s.worded) IS TRUE);

-- rule: steps_use_listed
-- about: steps use foods of the recipe's list
-- limit: 0
-- each: recipes
-- implies: steps_name_foods
SELECT recipe_id, name FROM step_foods ANTI JOIN lines USING (recipe_id, name);

-- rule: steps_name_foods
-- about: a step's text names each food that the step uses, in the language of the recipe
-- limit: 0
-- each: recipes
SELECT s.recipe_id, s.position, language, n.name, n.text
FROM (
    SELECT * FROM (SELECT *, unnest(ingredients) AS name FROM sayings) AS u
    ANTI JOIN words AS w ON w.language = u.language AND w.food = u.name
        AND contains(CASE WHEN w.joined THEN lower(u.text) ELSE plain(u.text) END, w.word)
) AS n
JOIN sayers AS s USING (said, language);

-- rule: steps_name_no_others
-- about: a step's text names no food that the step does not use
-- limit: 0
-- each: recipes
SELECT s.recipe_id, s.position, language, m.word, m.text
FROM (SELECT *, unnest(foods_named(text, language)) AS word FROM sayings) AS m
ANTI JOIN (
    SELECT s.said, w.language, w.word FROM (SELECT said, language, unnest(ingredients) AS food FROM sayings) AS s
    JOIN words AS w USING (language, food)
) AS u ON u.said = m.said AND u.language = m.language AND contains(u.word, m.word)
JOIN sayers AS s USING (said, language);

-- rule: foods_used
-- about: every food of the list is used by a step
-- limit: 0
-- each: recipes
-- implies: steps_name_no_others
SELECT recipe_id, name FROM lines ANTI JOIN step_foods USING (recipe_id, name) WHERE known;

-- rule: minutes_agree
-- about: the steps' minutes add up to preparation and cooking time
-- limit: 0
-- each: recipes
SELECT id, prep_minutes, cook_minutes, minutes
FROM cookbook LEFT JOIN (SELECT recipe_id, sum(minutes) AS minutes FROM steps GROUP BY 1) AS s ON s.recipe_id = id
WHERE (prep_minutes >= 0 AND cook_minutes >= 0 AND prep_minutes + cook_minutes = minutes) IS NOT TRUE;
