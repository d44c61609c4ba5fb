-- text, try 0
NULL

-- text, try 1
pg_catalog.left(pg_catalog.concat(pg_catalog.md5(pg_catalog.concat(pg_catalog.random(), "s"."snap row")), "t"."v"), 1000000)

-- text, try 2
pg_catalog.left(pg_catalog.concat("t"."v", '-', pg_catalog.md5(pg_catalog.concat(pg_catalog.random(), "s"."snap row"))), 1000000)

-- text, try 3
pg_catalog.left(pg_catalog.concat("t"."v", pg_catalog.md5(pg_catalog.concat(pg_catalog.random(), "s"."snap row"))), 1000000)

-- text, try 4
pg_catalog.left(pg_catalog.md5(pg_catalog.concat(pg_catalog.random(), "s"."snap row")), 1000000)

-- character varying(9), try 0
NULL

-- character varying(9), try 1
pg_catalog.left(pg_catalog.concat(pg_catalog.md5(pg_catalog.concat(pg_catalog.random(), "s"."snap row")), "t"."v"), 9)

-- character varying(9), try 2
pg_catalog.left(pg_catalog.concat("t"."v", '-', pg_catalog.md5(pg_catalog.concat(pg_catalog.random(), "s"."snap row"))), 9)

-- character varying(9), try 3
pg_catalog.left(pg_catalog.concat("t"."v", pg_catalog.md5(pg_catalog.concat(pg_catalog.random(), "s"."snap row"))), 9)

-- character varying(9), try 4
pg_catalog.left(pg_catalog.md5(pg_catalog.concat(pg_catalog.random(), "s"."snap row")), 9)

-- uuid, try 0
NULL

-- uuid, try 1
pg_catalog.gen_random_uuid()

-- bytea, try 0
NULL

-- bytea, try 1
pg_catalog.decode(pg_catalog.md5(pg_catalog.concat(pg_catalog.random(), "s"."snap row")), 'hex')

-- integer, try 0
NULL

-- integer, try 1
((SELECT pg_catalog.max(v) FROM (SELECT "v" AS v FROM ONLY "public"."t" UNION ALL SELECT "v" FROM "pg_temp"."snap rows 1") AS all_values) OPERATOR(pg_catalog.+) "s"."snap row")::integer

-- integer, try 2
((SELECT pg_catalog.min(v) FROM (SELECT "v" AS v FROM ONLY "public"."t" UNION ALL SELECT "v" FROM "pg_temp"."snap rows 1") AS all_values) OPERATOR(pg_catalog.-) "s"."snap row")::integer

-- integer, try 3
((SELECT pg_catalog.max(v) FROM (SELECT "v" AS v FROM ONLY "public"."t" UNION ALL SELECT "v" FROM "pg_temp"."snap rows 1") AS all_values) OPERATOR(pg_catalog.+) ("s"."snap row" OPERATOR(pg_catalog.*) '1 microsecond'::interval))::integer

-- integer, try 4
((SELECT pg_catalog.min(v) FROM (SELECT "v" AS v FROM ONLY "public"."t" UNION ALL SELECT "v" FROM "pg_temp"."snap rows 1") AS all_values) OPERATOR(pg_catalog.-) ("s"."snap row" OPERATOR(pg_catalog.*) '1 microsecond'::interval))::integer

-- timestamp with time zone, try 0
NULL

-- timestamp with time zone, try 1
((SELECT pg_catalog.max(v) FROM (SELECT "v" AS v FROM ONLY "public"."t" UNION ALL SELECT "v" FROM "pg_temp"."snap rows 1") AS all_values) OPERATOR(pg_catalog.+) "s"."snap row")::timestamp with time zone

-- timestamp with time zone, try 2
((SELECT pg_catalog.min(v) FROM (SELECT "v" AS v FROM ONLY "public"."t" UNION ALL SELECT "v" FROM "pg_temp"."snap rows 1") AS all_values) OPERATOR(pg_catalog.-) "s"."snap row")::timestamp with time zone

-- timestamp with time zone, try 3
((SELECT pg_catalog.max(v) FROM (SELECT "v" AS v FROM ONLY "public"."t" UNION ALL SELECT "v" FROM "pg_temp"."snap rows 1") AS all_values) OPERATOR(pg_catalog.+) ("s"."snap row" OPERATOR(pg_catalog.*) '1 microsecond'::interval))::timestamp with time zone

-- timestamp with time zone, try 4
((SELECT pg_catalog.min(v) FROM (SELECT "v" AS v FROM ONLY "public"."t" UNION ALL SELECT "v" FROM "pg_temp"."snap rows 1") AS all_values) OPERATOR(pg_catalog.-) ("s"."snap row" OPERATOR(pg_catalog.*) '1 microsecond'::interval))::timestamp with time zone

