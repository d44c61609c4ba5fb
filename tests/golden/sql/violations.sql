-- one column
SELECT t."author" FROM ONLY "ship"."Log book" AS t WHERE t."author" IS NOT NULL AND NOT EXISTS (SELECT FROM ONLY "ship"."crew" AS p WHERE p."id" = t."author")

-- two columns, both tables partitioned
SELECT t."a", t."B" FROM "ship"."Log book" AS t WHERE t."a" IS NOT NULL AND t."B" IS NOT NULL AND NOT EXISTS (SELECT FROM "ship"."crew" AS p WHERE p."id" OPERATOR(ext.=) t."a" AND p."Rank" = t."B")

