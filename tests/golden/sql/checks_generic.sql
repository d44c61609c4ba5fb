-- primary_keys
SELECT 'crew.id' AS at, concat_ws(' ', t."id"::VARCHAR) AS row FROM "main"."crew" AS t WHERE t."id" IS NOT NULL GROUP BY t."id" HAVING count(*) > 1
UNION ALL
SELECT 'ship.Log book.n' AS at, concat_ws(' ', t."n"::VARCHAR) AS row FROM "ship"."Log book" AS t WHERE t."n" IS NOT NULL GROUP BY t."n" HAVING count(*) > 1

-- unique_keys
SELECT 'crew.name' AS at, concat_ws(' ', t."name"::VARCHAR) AS row FROM "main"."crew" AS t WHERE t."name" IS NOT NULL GROUP BY t."name" HAVING count(*) > 1

-- not_null
SELECT 'crew' AS at, concat(concat_ws(' ', t."id"::VARCHAR), ': ', concat_ws(', ', CASE WHEN t."id" IS NULL THEN 'id' END, CASE WHEN t."name" IS NULL THEN 'name' END, CASE WHEN t."joined" IS NULL THEN 'joined' END)) AS row FROM "main"."crew" AS t WHERE t."id" IS NULL OR t."name" IS NULL OR t."joined" IS NULL
UNION ALL
SELECT 'ship.Log book' AS at, concat(concat_ws(' ', t."n"::VARCHAR), ': ', concat_ws(', ', CASE WHEN t."n" IS NULL THEN 'n' END, CASE WHEN t."line" IS NULL THEN 'line' END)) AS row FROM "ship"."Log book" AS t WHERE t."n" IS NULL OR t."line" IS NULL

-- references
SELECT 'ship.Log book.author' AS at, concat_ws(' ', t."author"::VARCHAR) AS row FROM "ship"."Log book" AS t WHERE t."author" IS NOT NULL AND NOT EXISTS (SELECT 1 FROM (SELECT "id" AS k0 FROM "main"."crew") AS p WHERE p.k0 = t."author")

-- enum_labels
SELECT 'crew.mood' AS at, concat(concat_ws(' ', t."id"::VARCHAR), ': ', t."mood"::VARCHAR) AS row FROM "main"."crew" AS t WHERE t."mood" IS NOT NULL AND NOT list_contains(['sad', 'ok']::VARCHAR[], t."mood")

-- lengths
SELECT 'crew.name' AS at, concat(concat_ws(' ', t."id"::VARCHAR), ': ', t."name"::VARCHAR) AS row FROM "main"."crew" AS t WHERE length(t."name") > 20

-- json
SELECT 'crew.facts' AS at, concat(concat_ws(' ', t."id"::VARCHAR), ': ', t."facts"::VARCHAR) AS row FROM "main"."crew" AS t WHERE NOT json_valid(t."facts"::VARCHAR)

