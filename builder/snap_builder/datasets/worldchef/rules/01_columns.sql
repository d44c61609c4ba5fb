-- rule: emails_reserved
-- about: every e-mail address lies under .example, so that no mail can leave
-- limit: 0
-- each: users
SELECT id, email FROM users WHERE NOT regexp_full_match(email, '[a-z0-9._+-]+@([a-z0-9-]+\.)+example');

-- rule: places_known
-- about: people live in places of their region
-- limit: 0
-- each: users
SELECT id, region, location FROM people WHERE utc_offset_minutes IS NULL;

-- rule: slugs_clean
-- about: slugs are lower-case words joined by dashes
-- limit: 0
-- each: recipes
SELECT id, slug FROM recipes WHERE NOT regexp_full_match(slug, '[a-z0-9]+(-[a-z0-9]+)*');

-- rule: media_keys
-- about: images are keys of the fixtures, recipes/00.jpg to recipes/23.jpg
-- implies: photos_fit_dish
-- limit: 0
-- each: recipes
SELECT id, media_url AS key FROM cookbook WHERE NOT regexp_full_match(media_url, 'recipes/([01]\d|2[0-3])\.jpg')
UNION ALL
SELECT recipe_id, image_url FROM steps WHERE NOT regexp_full_match(image_url, 'recipes/([01]\d|2[0-3])\.jpg');
