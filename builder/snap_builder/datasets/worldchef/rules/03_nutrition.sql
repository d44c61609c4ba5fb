-- rule: nutrition_sums
-- about: macros per serving are the sums over the ingredients, within rounding to a tenth
-- limit: 0
-- each: recipes
SELECT id, n, s.* EXCLUDE (recipe_id)
FROM macros AS r
LEFT JOIN (
    SELECT
        recipe_id, sum(grams * fat) / 100 / any_value(servings) AS fat,
        sum(grams * carbs) / 100 / any_value(servings) AS carbs,
        sum(grams * fibre) / 100 / any_value(servings) AS fibre,
        sum(grams * sugars) / 100 / any_value(servings) AS sugars,
        sum(grams * kcal) / 100 / any_value(servings) AS kcal,
        sum(grams * alcohol) / 100 / any_value(servings) AS alcohol,
        sum(grams * protein) / 100 / any_value(servings) AS protein,
        sum(grams * sodium) / 100 / any_value(servings) AS sodium,
        sum(grams * saturated) / 100 / any_value(servings) AS saturated
    FROM lines JOIN foods USING (name) JOIN cookbook AS c ON c.id = recipe_id GROUP BY recipe_id
) AS s ON s.recipe_id = r.id
WHERE (
    abs(n.fat_g - s.fat) < 0.0501 AND abs(n.carbs_g - s.carbs) < 0.0501 AND abs(n.fiber_g - s.fibre) < 0.0501
    AND abs(n.sugar_g - s.sugars) < 0.0501 AND abs(n.calories - s.kcal) < 0.0501
    AND abs(n.alcohol_g - s.alcohol) < 0.0501 AND abs(n.protein_g - s.protein) < 0.0501
    AND abs(n.sodium_mg - s.sodium) < 0.0501 AND abs(n.saturated_fat_g - s.saturated) < 0.0501
) IS NOT TRUE;

-- rule: calories_agree
-- about: calories agree with the energy of the macros, corrected by the foods' own factors, within 15 percent or 20 kcal
-- limit: 0
-- each: recipes
-- implies: nutrition_sums
SELECT id, n, more
FROM macros AS r
LEFT JOIN (
    -- The energy that the foods' own factors add to the energy by the general factors.
    SELECT
        recipe_id,
        sum(grams / 100 * (4 * protein + 4 * (carbs - fibre) + 2 * fibre + 9 * fat + 7 * alcohol) * (factor - 100) / 100)
        / any_value(servings) AS more
    FROM lines JOIN foods USING (name) JOIN cookbook AS c ON c.id = recipe_id GROUP BY recipe_id
) AS s ON s.recipe_id = r.id
WHERE (
    abs(
        n.calories - coalesce(more, 0)
        - (4 * n.protein_g + 4 * (n.carbs_g - n.fiber_g) + 2 * n.fiber_g + 9 * n.fat_g + 7 * n.alcohol_g)
    ) <= greatest(0.15 * n.calories, 20)
) IS NOT TRUE;

-- rule: nutrition_source
-- about: nutrition names its source and the number of its ingredients
-- limit: 0
-- each: recipes
SELECT id, n.source_info AS source_info, l.listed
FROM macros AS r LEFT JOIN (SELECT recipe_id, count(*) AS listed FROM lines GROUP BY 1) AS l ON l.recipe_id = r.id
WHERE (
    n.source_info.method = 'sum_of_ingredients' AND n.source_info.source = 'fdc' AND n.source_info.ingredients = l.listed
) IS NOT TRUE;
