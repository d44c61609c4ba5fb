-- pairs
"pg_temp"."snap gone 1" AS g JOIN ONLY "public"."crew" AS t ON t.ctid OPERATOR(pg_catalog.=) g.tid AND t.tableoid OPERATOR(pg_catalog.=) g.leaf JOIN "pg_temp"."snap rows 1" AS s ON s."snap row" OPERATOR(pg_catalog.=) g."snap row"

-- all of it: d
DELETE FROM ONLY "public"."crew" AS t USING "pg_temp"."snap gone 1" AS g WHERE t.ctid OPERATOR(pg_catalog.=) g.tid AND t.tableoid OPERATOR(pg_catalog.=) g.leaf AND g."snap row" IS NULL RETURNING NULL::pg_catalog.bytea AS h

-- all of it: u
UPDATE ONLY "public"."crew" AS t SET "name" = s."name", "boss" = s."boss", "notes" = s."notes" FROM "pg_temp"."snap gone 1" AS g, "pg_temp"."snap rows 1" AS s WHERE t.ctid OPERATOR(pg_catalog.=) g.tid AND t.tableoid OPERATOR(pg_catalog.=) g.leaf AND s."snap row" OPERATOR(pg_catalog.=) g."snap row" AND true AND (SELECT pg_catalog.count(*) FROM "d7") OPERATOR(pg_catalog.>=) 0 RETURNING sha256(t) AS h

-- all of it: i
INSERT INTO "public"."crew" AS t ("id", "name", "boss", "notes") OVERRIDING SYSTEM VALUE SELECT "id", "name", "boss", "notes" FROM "pg_temp"."snap rows 1" AS s WHERE NOT EXISTS (SELECT FROM "pg_temp"."snap gone 1" AS g WHERE g."snap row" OPERATOR(pg_catalog.=) s."snap row") AND true AND (SELECT pg_catalog.count(*) FROM "d7") OPERATOR(pg_catalog.>=) 0 AND (SELECT pg_catalog.count(*) FROM "u7") OPERATOR(pg_catalog.>=) 0 RETURNING sha256(t) AS h

-- of a partitioned table: d
DELETE FROM "public"."note" AS t USING "pg_temp"."snap gone 1" AS g WHERE t.ctid OPERATOR(pg_catalog.=) g.tid AND t.tableoid OPERATOR(pg_catalog.=) g.leaf AND g."snap row" IS NULL RETURNING NULL::pg_catalog.bytea AS h

-- of a partitioned table: u
UPDATE "public"."note" AS t SET "crew_id" = s."crew_id", "data" = s."data", "tags" = s."tags" FROM "pg_temp"."snap gone 1" AS g, "pg_temp"."snap rows 1" AS s WHERE t.ctid OPERATOR(pg_catalog.=) g.tid AND t.tableoid OPERATOR(pg_catalog.=) g.leaf AND s."snap row" OPERATOR(pg_catalog.=) g."snap row" AND true AND (SELECT pg_catalog.count(*) FROM "d7") OPERATOR(pg_catalog.>=) 0 RETURNING sha256(t) AS h

-- of a partitioned table: i
INSERT INTO "public"."note" AS t ("id", "crew_id", "data", "tags") OVERRIDING SYSTEM VALUE SELECT "id", "crew_id", "data", "tags" FROM "pg_temp"."snap rows 1" AS s WHERE NOT EXISTS (SELECT FROM "pg_temp"."snap gone 1" AS g WHERE g."snap row" OPERATOR(pg_catalog.=) s."snap row") AND true AND (SELECT pg_catalog.count(*) FROM "d7") OPERATOR(pg_catalog.>=) 0 AND (SELECT pg_catalog.count(*) FROM "u7") OPERATOR(pg_catalog.>=) 0 RETURNING sha256(t) AS h

-- updates only, unhashed: u
UPDATE ONLY "public"."log" AS t SET "n" = s."n" FROM "pg_temp"."snap gone 1" AS g, "pg_temp"."snap rows 1" AS s WHERE t.ctid OPERATOR(pg_catalog.=) g.tid AND t.tableoid OPERATOR(pg_catalog.=) g.leaf AND s."snap row" OPERATOR(pg_catalog.=) g."snap row" AND true RETURNING NULL::pg_catalog.bytea AS h

-- rows that go and come again: d
DELETE FROM ONLY "public"."crew" AS t USING "pg_temp"."snap gone 1" AS g WHERE t.ctid OPERATOR(pg_catalog.=) g.tid AND t.tableoid OPERATOR(pg_catalog.=) g.leaf AND g."snap row" IS NULL RETURNING NULL::pg_catalog.bytea AS h

-- rows that go and come again: i
INSERT INTO "public"."crew" AS t ("id", "name", "boss", "notes") OVERRIDING SYSTEM VALUE SELECT "id", "name", "boss", "notes" FROM "pg_temp"."snap rows 1" AS s WHERE NOT EXISTS (SELECT FROM "pg_temp"."snap gone 1" AS g WHERE g."snap row" OPERATOR(pg_catalog.=) s."snap row") AND true AND (SELECT pg_catalog.count(*) FROM "d7") OPERATOR(pg_catalog.>=) 0 RETURNING sha256(t) AS h

-- rows without columns: d
DELETE FROM ONLY "public"."bare" AS t USING "pg_temp"."snap gone 1" AS g WHERE t.ctid OPERATOR(pg_catalog.=) g.tid AND t.tableoid OPERATOR(pg_catalog.=) g.leaf AND g."snap row" IS NULL RETURNING NULL::pg_catalog.bytea AS h

-- rows without columns: i
INSERT INTO "public"."bare" AS t SELECT FROM "pg_temp"."snap rows 1" AS s WHERE NOT EXISTS (SELECT FROM "pg_temp"."snap gone 1" AS g WHERE g."snap row" OPERATOR(pg_catalog.=) s."snap row") AND true AND (SELECT pg_catalog.count(*) FROM "d7") OPERATOR(pg_catalog.>=) 0 RETURNING sha256(t) AS h

