-- rule: every_label
-- about: every cuisine, meal, difficulty, diet, role and status appears
-- limit: 0
-- needs: users 100, recipes 600
SELECT enum, label FROM enum_labels
ANTI JOIN (
    SELECT 'cuisine_type' AS enum, cuisine_type AS label FROM cookbook
    UNION SELECT 'meal_type', meal_type FROM cookbook
    UNION SELECT 'difficulty', difficulty FROM cookbook
    UNION SELECT 'recipe_status', status FROM cookbook
    UNION SELECT 'dietary_type', tag FROM tagged
    UNION SELECT 'user_role', role FROM users
) AS used USING (enum, label);

-- rule: every_region
-- implies: tastes_of_regions
-- about: people live in every region
-- limit: 0
-- needs: users 100
SELECT DISTINCT region FROM places ANTI JOIN users USING (region);

-- rule: documents_vary
-- about: optional fields are present in some rows and missing in others; documents differ in length; some texts are not ASCII
-- limit: 0
-- needs: recipes 150, recipe_ratings 300
SELECT feature, share FROM (
    SELECT 'lines with notes' AS feature, sum(n_noted) / sum(n_lines) AS share, 0.02 AS low, 0.95 AS high FROM holdings
    UNION ALL SELECT 'lines that are optional', sum(n_optional) / sum(n_lines), 0.01, 0.5 FROM holdings
    UNION ALL SELECT 'steps without minutes', sum(n_untimed) / sum(n_steps), 0.02, 0.6 FROM holdings
    UNION ALL SELECT 'steps with an image', sum(n_pictured) / sum(n_steps), 0.02, 0.6 FROM holdings
    UNION ALL SELECT 'recipes without an image', avg((media_url IS NULL)::INTEGER), 0.02, 0.5 FROM cookbook
    UNION ALL SELECT 'recipes without a description', avg((description IS NULL)::INTEGER), 0.01, 0.5 FROM cookbook
    UNION ALL SELECT 'recipes without a tag', avg((len(dietary_tags) = 0)::INTEGER), 0.001, 0.5 FROM cookbook
    UNION ALL SELECT 'users without a bio', avg((bio IS NULL)::INTEGER), 0.1, 0.7 FROM users
    UNION ALL SELECT 'names beyond ASCII', avg((strlen(display_name) > length(display_name))::INTEGER), 0.05, 0.9 FROM users
    UNION ALL SELECT 'ingredients beyond ASCII', avg(beyond_ascii::INTEGER), 0.005, 0.9 FROM holdings
    UNION ALL SELECT 'numbers of lines', count(DISTINCT n_lines), 10, 20 FROM holdings
    UNION ALL SELECT 'recipes of 3 to 20 lines', avg((n_lines BETWEEN 3 AND 20)::INTEGER), 0.99, 1 FROM holdings
    UNION ALL SELECT 'numbers of steps', count(DISTINCT n_steps), 10, 21 FROM holdings
    UNION ALL SELECT 'recipes of 4 to 24 steps', avg((n_steps BETWEEN 4 AND 24)::INTEGER), 1, 1 FROM holdings
) AS measured
WHERE (share BETWEEN low AND high) IS NOT TRUE;

-- rule: titles_vary
-- implies: titles_differ
-- about: share of the recipes with the most common title
-- between: 0 0.02
-- needs: recipes 300
SELECT max(n) / sum(n) AS share, arg_max(title, n) AS title FROM (
    SELECT title, count(*) AS n FROM cookbook GROUP BY title
) AS counted;
