-- what a key compares
(SELECT (id) AS c0 FROM "public"."crew")

-- what a partial index of expressions compares, and a place
(SELECT (lower(name)) AS c0, (boss) AS c1, "place" FROM "public"."crew" WHERE (boss > 0))

-- rows that exclude each other
"a"."c0" OPERATOR("pg_catalog".=) "b"."c0"

-- rows that exclude each other, NULLS NOT DISTINCT
("a"."c0" OPERATOR("pg_catalog".=) "b"."c0" OR ("a"."c0" IS NULL AND "b"."c0" IS NULL))

-- rows that exclude each other by expressions
"a"."c0" COLLATE pg_catalog."C" OPERATOR("pg_catalog".=) "b"."c0" COLLATE pg_catalog."C" AND "a"."c1" OPERATOR("pg_catalog".=) "b"."c1"

-- a parent and its child
"p"."id" OPERATOR("pg_catalog".=) "c"."boss" AND "p"."ship" OPERATOR("public".==) "c"."ship"

-- a child that has to have a parent
("c"."boss" IS NOT NULL AND "c"."ship" IS NOT NULL)

-- a child that has to have a parent, MATCH FULL
("c"."boss" IS NOT NULL OR "c"."ship" IS NOT NULL)

-- parents
ONLY "public"."crew"

-- children of a partitioned table
"public"."crew"

