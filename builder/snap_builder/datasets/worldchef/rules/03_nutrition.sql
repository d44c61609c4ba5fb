-- rule: nutrition_sums
-- about: macros per serving are the sums over the ingredients, within rounding to a tenth
-- limit: 0
SELECT id, n, s.* EXCLUDE (recipe_id)
FROM cookbook AS r
LEFT JOIN (
    SELECT
        recipe_id, sum(grams * fat) / 100 / any_value(servings) AS fat,
        sum(grams * carbs) / 100 / any_value(servings) AS carbs,
        sum(grams * fibre) / 100 / any_value(servings) AS fibre,
        sum(grams * sugars) / 100 / any_value(servings) AS sugars,
        sum(grams * alcohol) / 100 / any_value(servings) AS alcohol,
        sum(grams * protein) / 100 / any_value(servings) AS protein,
        sum(grams * kcal) / 100 / any_value(servings) AS calories
    FROM lines GROUP BY recipe_id
) AS s ON s.recipe_id = r.id
WHERE (
    abs(n.fat - s.fat) < 0.0501 AND abs(n.carbs - s.carbs) < 0.0501 AND abs(n.fibre - s.fibre) < 0.0501
    AND abs(n.sugars - s.sugars) < 0.0501 AND abs(n.alcohol - s.alcohol) < 0.0501
    AND abs(n.protein - s.protein) < 0.0501 AND abs(n.calories - s.calories) < 0.0501
) IS NOT TRUE;

-- rule: calories_agree
-- about: calories agree with the macros within 15 percent or 20 kcal
-- limit: 0
-- implies: nutrition_sums
SELECT id, n FROM cookbook
WHERE (
    abs(n.calories - (4 * n.protein + 4 * (n.carbs - n.fibre) + 2 * n.fibre + 9 * n.fat + 7 * n.alcohol))
    <= greatest(0.15 * n.calories, 20)
) IS NOT TRUE;

-- rule: nutrition_source
-- about: nutrition says where it comes from and counts its ingredients
-- limit: 0
SELECT id, n.source_info AS source_info, l.lines
FROM cookbook AS r LEFT JOIN (SELECT recipe_id, count(*) AS lines FROM lines GROUP BY 1) AS l ON l.recipe_id = r.id
WHERE (
    n.source_info.method = 'sum_of_ingredients' AND n.source_info.source = 'fdc' AND n.source_info.ingredients = l.lines
) IS NOT TRUE;
