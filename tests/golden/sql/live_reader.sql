-- rows in any order
SELECT "t"."id" AS "id", "t"."name" AS "name", "t"."boss" AS "boss", "t"."notes" AS "notes" FROM ONLY "public"."crew" AS t

-- by key
SELECT "t"."id" AS "id", "t"."name" AS "name", "t"."boss" AS "boss", "t"."notes" AS "notes" FROM ONLY "public"."crew" AS t ORDER BY "t"."id"

-- by key of another encoding
SELECT "t"."id" AS "id", "t"."crew_id" AS "crew_id", "t"."data" AS "data", "t"."tags" AS "tags" FROM ONLY "public"."note" AS t ORDER BY "t"."id"

-- with partitions
SELECT "t"."id" AS "id", "t"."crew_id" AS "crew_id", "t"."data" AS "data", "t"."tags" AS "tags" FROM "public"."note" AS t ORDER BY "t"."id"

-- without a key
SELECT r.* FROM (SELECT "t"."line" AS "line", "t"."n" AS "n" FROM ONLY "public"."log" AS t) AS r ORDER BY CAST(ROW(r.*) AS pg_catalog.text) COLLATE "C"

-- masked
SELECT "t"."id" AS "id", "t"."name" AS "name", "t"."boss" AS "boss", "t"."notes" AS "notes" FROM (SELECT "id" AS "id", 'someone'::text AS "name", "boss" AS "boss", "notes" AS "notes" FROM ONLY "public"."crew") AS t ORDER BY "t"."id"

-- probe
SELECT pg_catalog.count(*) AS rows, pg_catalog.bool_or(pg_catalog.array_ndims("t"."tags") OPERATOR(pg_catalog.>) 1 OR pg_catalog.array_lower("t"."tags", 1) OPERATOR(pg_catalog.<>) 1) AS "c0" FROM ONLY "public"."note" AS t

-- probe of masked columns
SELECT pg_catalog.count(*) AS rows FROM (SELECT "id" AS "id", 'someone'::text AS "name", "boss" AS "boss", "notes" AS "notes" FROM ONLY "public"."crew") AS t

