-- Diet follows food: a tag holds for every food that is in the recipe, optional ones too.

-- rule: diet_vegetarian
-- limit: 0
-- each: recipes
SELECT recipe_id, name, origin FROM lines SEMI JOIN (FROM tagged WHERE tag = 'vegetarian') AS t USING (recipe_id)
WHERE origin NOT IN ('plant', 'dairy', 'egg', 'honey');

-- rule: diet_vegan
-- implies: tags_closed
-- limit: 0
-- each: recipes
SELECT recipe_id, name, origin FROM lines SEMI JOIN (FROM tagged WHERE tag = 'vegan') AS t USING (recipe_id)
WHERE origin <> 'plant';

-- rule: diet_gluten_free
-- limit: 0
-- each: recipes
SELECT recipe_id, name FROM lines SEMI JOIN (FROM tagged WHERE tag = 'gluten_free') AS t USING (recipe_id)
WHERE gluten;

-- rule: diet_dairy_free
-- limit: 0
-- each: recipes
SELECT recipe_id, name FROM lines SEMI JOIN (FROM tagged WHERE tag = 'dairy_free') AS t USING (recipe_id)
WHERE origin = 'dairy';

-- rule: diet_paleo
-- limit: 0
-- each: recipes
SELECT recipe_id, name, category FROM lines SEMI JOIN (FROM tagged WHERE tag = 'paleo') AS t USING (recipe_id)
WHERE category IN ('grain', 'legume', 'dairy') OR origin = 'dairy'
    OR (category = 'sweetener' AND name NOT IN ('honey', 'maple syrup'));

-- rule: diet_halal
-- limit: 0
-- each: recipes
SELECT recipe_id, name FROM lines AS l SEMI JOIN (FROM tagged WHERE tag = 'halal') AS t USING (recipe_id)
JOIN foods AS f USING (name) WHERE l.pork OR f.alcohol > 0;

-- rule: diet_kosher
-- about: no pork, no shellfish, and not meat and dairy together
-- limit: 0
-- each: recipes
SELECT recipe_id, string_agg(DISTINCT name, ' + ' ORDER BY name) AS foods
FROM lines SEMI JOIN (FROM tagged WHERE tag = 'kosher') AS t USING (recipe_id)
GROUP BY recipe_id
HAVING bool_or(pork) OR bool_or(origin = 'shellfish') OR (bool_or(origin = 'meat') AND bool_or(origin = 'dairy'));

-- rule: diet_low_carb
-- about: at most 20 g of carbohydrates without fibre per serving
-- limit: 0
-- each: recipes
SELECT id, n.carbs_g AS carbs, n.fiber_g AS fibre FROM macros
WHERE list_contains(dietary_tags, 'low_carb') AND (n.carbs_g - n.fiber_g <= 20.0001) IS NOT TRUE;

-- rule: diet_keto
-- implies: tags_closed
-- about: at most 10 g of carbohydrates without fibre per serving, and at least half of the energy from fat
-- limit: 0
-- each: recipes
SELECT id, n.carbs_g AS carbs, n.fiber_g AS fibre, n.fat_g AS fat, n.calories AS calories FROM macros
WHERE list_contains(dietary_tags, 'keto')
    AND (n.carbs_g - n.fiber_g <= 10.0001 AND n.fat_g * 9 >= 0.5 * n.calories - 0.0001) IS NOT TRUE;

-- rule: diet_low_fat
-- about: at most 30 percent of the energy from fat
-- limit: 0
-- each: recipes
SELECT id, n.fat_g AS fat, n.calories AS calories FROM macros
WHERE list_contains(dietary_tags, 'low_fat') AND (n.fat_g * 9 <= 0.3 * n.calories + 0.0001) IS NOT TRUE;

-- rule: tags_closed
-- about: vegan recipes are tagged vegetarian and dairy_free too, keto recipes low_carb, so that filters by these tags find them
-- limit: 0
-- each: recipes
SELECT id, dietary_tags AS tags FROM cookbook
WHERE (list_contains(dietary_tags, 'vegan') AND NOT list_has_all(dietary_tags, ['vegetarian', 'dairy_free']))
    OR (list_contains(dietary_tags, 'keto') AND NOT list_contains(dietary_tags, 'low_carb'));

-- rule: tags_once
-- about: no list has a tag or preference twice
-- limit: 0
-- each: users, recipes
SELECT id, dietary_tags AS tags FROM cookbook WHERE len(dietary_tags) <> len(list_distinct(dietary_tags))
UNION ALL
SELECT id, dietary_preferences FROM users WHERE len(dietary_preferences) <> len(list_distinct(dietary_preferences));
