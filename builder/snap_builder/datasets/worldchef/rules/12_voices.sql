-- What people write about themselves and about recipes, in their own languages.

-- rule: authors_cook_what_they_say
-- about: at least 60 percent of recipes are in the cuisine that the author's bio names, if it names one; below 2,000 recipes 40
-- limit: 0
-- needs: recipes 500
SELECT share, recipes FROM (
    SELECT avg((r.cuisine_type = b.cuisine)::INTEGER) AS share, count(*) AS recipes
    FROM cookbook AS r
    JOIN (
        SELECT p.id, any_value(w.cuisine) AS cuisine
        FROM people AS p
        JOIN cuisine_words AS w ON w.language = p.language AND CASE
            WHEN regexp_matches(w.word, '^[\p{Latin} -]+$') THEN contains(plain(p.bio), plain(w.word))
            ELSE contains(p.bio, w.word)
        END
        WHERE p.role <> 'standard' GROUP BY p.id HAVING count(DISTINCT w.cuisine) = 1
    ) AS b ON b.id = r.author_id
) AS measured WHERE (share >= CASE WHEN recipes < 2000 THEN 0.4 ELSE 0.6 END) IS NOT TRUE;

-- rule: comments_in_the_writers_language
-- about: share of comments that begin with an opening in a language of the writer's country
-- between: 0.9 1
-- needs: recipe_ratings 300
SELECT avg((c.country IS NOT NULL)::INTEGER) AS share
FROM recipe_ratings AS g JOIN people AS p ON p.id = g.user_id
LEFT JOIN (
    SELECT DISTINCT id, country
    FROM comment_languages JOIN (SELECT DISTINCT language, country FROM places) AS spoken USING (language)
) AS c ON c.id = g.id AND c.country = p.country
WHERE g.comment IS NOT NULL;

-- rule: comments_in_one_language
-- about: a comment goes on and ends in the language in which it begins
-- limit: 0
-- each: recipe_ratings
WITH begun AS (SELECT id, list(language) AS languages, max(length) AS length FROM comment_languages GROUP BY id),
rests AS (
    SELECT id, ltrim(substr(comment, length + 1)) AS rest, languages, comment FROM begun JOIN recipe_ratings USING (id)
),
parts AS (
    SELECT r.id, c.part, c.language FROM rests AS r
    JOIN comment_parts AS c ON c.part = 'middle' AND left(r.rest, 4) = left(c.text, 4) AND starts_with(r.rest, c.text)
    UNION ALL
    SELECT r.id, c.part, c.language FROM rests AS r
    JOIN comment_parts AS c ON c.part = 'ending' AND right(r.rest, 4) = right(c.text, 4) AND ends_with(r.rest, c.text)
)
SELECT r.id, r.languages AS begins, p.part, p.languages AS goes_on, r.comment
FROM rests AS r JOIN (SELECT id, part, list(language) AS languages FROM parts GROUP BY id, part) AS p USING (id)
WHERE NOT list_has_any(p.languages, r.languages);

-- If there are many comments, only about 20,000 are read.
-- rule: comments_name_what_they_mean
-- about: share of comments that name the dish, a step by its number, or a food of the recipe
-- between: 0.4 1
-- needs: recipe_ratings 300
WITH comments AS (
    SELECT g.id, g.recipe_id, g.comment, replace(g.comment, r.title, '') AS rest, contains(g.comment, r.title) AS dish
    FROM recipe_ratings AS g JOIN cookbook AS r ON r.id = g.recipe_id
    WHERE g.comment IS NOT NULL AND g.id % (1 + (SELECT count(*) FROM recipe_ratings) // 30000) = 0
),
numbered AS (
    SELECT c.id FROM (
        SELECT id, recipe_id, unnest(regexp_extract_all(rest, '\d+'))::BIGINT AS number FROM comments WHERE NOT dish
    ) AS c
    JOIN holdings USING (recipe_id)
    WHERE number BETWEEN 1 AND n_steps
),
fed AS (
    SELECT f.id
    FROM (
        SELECT c.id, lower(c.rest) AS low, o.language, unnest(h.foods) AS name
        FROM comments AS c JOIN comment_languages AS o USING (id) JOIN holdings AS h USING (recipe_id) WHERE NOT dish
    ) AS f
    JOIN food_words AS w ON w.language = f.language AND w.food = f.name
        AND (contains(low, lower(display)) OR contains(low, lower(title)))
)
SELECT avg((dish OR n.id IS NOT NULL OR f.id IS NOT NULL)::INTEGER) AS share
FROM comments AS c LEFT JOIN (SELECT DISTINCT id FROM numbered) AS n USING (id)
LEFT JOIN (SELECT DISTINCT id FROM fed) AS f USING (id);

-- rule: comments_speak_of_no_photo
-- about: no comment speaks of a photo, because some recipes have none
-- limit: 0
SELECT g.id, g.comment FROM recipe_ratings AS g JOIN cookbook AS r ON r.id = g.recipe_id
WHERE regexp_matches(
    replace(g.comment, r.title, ''),
    '(?i)photo|picture|\bfotos?\b|imagen|immagin|imagem|写真|사진|صورة|照片|图片|'
    || 'फ़ोटो|तस्वीर|รูปภาพ|ภาพถ่าย|ছবি|תמונה|zdjęci|fotoğraf|फोटो'
);
