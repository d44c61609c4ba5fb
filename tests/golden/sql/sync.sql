-- pairs by a key
UPDATE "pg_temp"."snap gone 1" AS g SET "snap row" = s."snap row" FROM ONLY "public"."crew" AS t, "pg_temp"."snap rows 1" AS s WHERE t.ctid = g.tid AND t.tableoid = g.leaf AND t."id" OPERATOR("pg_catalog".=) s."id"

-- pairs by a key of two columns, of a partitioned table
UPDATE "pg_temp"."snap gone 1" AS g SET "snap row" = s."snap row" FROM "public"."crew" AS t, "pg_temp"."snap rows 1" AS s WHERE t.ctid = g.tid AND t.tableoid = g.leaf AND t."id" OPERATOR("pg_catalog".=) s."id" AND t."na%me" COLLATE "ext"."und-ci" OPERATOR("ext".=) s."na%me" COLLATE "ext"."und-ci"

-- difference of integer
"t"."a ""integer""" IS DISTINCT FROM "s"."a ""integer"""

-- difference of text
"t"."a ""text"""::text COLLATE pg_catalog."C" IS DISTINCT FROM "s"."a ""text"""::text COLLATE pg_catalog."C"

-- difference of character(3)
"t"."a ""character(3)"""::text COLLATE pg_catalog."C" IS DISTINCT FROM "s"."a ""character(3)"""::text COLLATE pg_catalog."C"

-- difference of numeric(7,2)
"t"."a ""numeric(7,2)""" IS DISTINCT FROM "s"."a ""numeric(7,2)"""

-- difference of double precision
"t"."a ""double precision""" IS DISTINCT FROM "s"."a ""double precision"""

-- difference of jsonb
"t"."a ""jsonb""" IS DISTINCT FROM "s"."a ""jsonb"""

-- difference of timestamp with time zone
"t"."a ""timestamp with time zone""" IS DISTINCT FROM "s"."a ""timestamp with time zone"""

-- difference of text[]
CASE WHEN pg_catalog.array_ndims("t"."a ""text[]""") OPERATOR(pg_catalog.>) 1 OR pg_catalog.array_lower("t"."a ""text[]""", 1) OPERATOR(pg_catalog.<>) 1 THEN '\x80'::pg_catalog.bytea OPERATOR(pg_catalog.||) pg_catalog.sha256(CASE WHEN "t"."a ""text[]""" IS DISTINCT FROM NULL THEN pg_catalog.convert_to(pg_catalog.concat("t"."a ""text[]"""), 'UTF8') END) ELSE pg_catalog.substr(pg_catalog.array_send("t"."a ""text[]"""::pg_catalog.text[]), 21) END IS DISTINCT FROM CASE WHEN pg_catalog.array_ndims("s"."a ""text[]""") OPERATOR(pg_catalog.>) 1 OR pg_catalog.array_lower("s"."a ""text[]""", 1) OPERATOR(pg_catalog.<>) 1 THEN '\x80'::pg_catalog.bytea OPERATOR(pg_catalog.||) pg_catalog.sha256(CASE WHEN "s"."a ""text[]""" IS DISTINCT FROM NULL THEN pg_catalog.convert_to(pg_catalog.concat("s"."a ""text[]"""), 'UTF8') END) ELSE pg_catalog.substr(pg_catalog.array_send("s"."a ""text[]"""::pg_catalog.text[]), 21) END

-- difference of mood
"t"."a ""mood"""::text COLLATE pg_catalog."C" IS DISTINCT FROM "s"."a ""mood"""::text COLLATE pg_catalog."C"

