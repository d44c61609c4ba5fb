-- rows that a key excludes
"snap row" IN (SELECT a.r FROM (SELECT (id) AS c0, "snap row" AS r FROM "pg_temp"."snap rows 1") AS a WHERE EXISTS (SELECT FROM (SELECT (id) AS c0 FROM ONLY "public"."crew") AS b WHERE "b"."c0" OPERATOR("pg_catalog".=) "a"."c0"))

-- rows that an index of expressions excludes
"snap row" IN (SELECT a.r FROM (SELECT (lower(name)) AS c0, (boss) AS c1, "snap row" AS r FROM "pg_temp"."snap rows 1" WHERE (boss > 0)) AS a WHERE EXISTS (SELECT FROM (SELECT (lower(name)) AS c0, (boss) AS c1 FROM ONLY "public"."crew" WHERE (boss > 0)) AS b WHERE "b"."c0" COLLATE pg_catalog."C" OPERATOR("pg_catalog".=) "a"."c0" COLLATE pg_catalog."C" AND "b"."c1" OPERATOR("pg_catalog".=) "a"."c1"))

-- insert rows
INSERT INTO "public"."crew" ("id", "name", "boss", "notes") OVERRIDING SYSTEM VALUE SELECT "id", "name", "boss", "notes" FROM "pg_temp"."snap rows 1" AS s WHERE s."snap reason" IS NULL ORDER BY s."snap row" ON CONFLICT DO NOTHING

-- insert of a table without columns
INSERT INTO "public"."bare" SELECT FROM "pg_temp"."snap rows 1" AS s WHERE s."snap reason" IS NULL ORDER BY s."snap row" ON CONFLICT DO NOTHING

