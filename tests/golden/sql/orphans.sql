-- absent
SELECT pg_catalog.string_agg(pg_catalog.int4send(k.place::integer - 1), ''::bytea) FROM ROWS FROM (pg_catalog.unnest('{"1","2"}'::bigint[]), pg_catalog.unnest( E'{"it''s 100% \\"a\\"","b\\\\c"}'::text[])) WITH ORDINALITY AS k ("c0", "c1", place) WHERE NOT EXISTS (SELECT FROM ONLY "auth"."users" AS o WHERE "o"."id" OPERATOR("pg_catalog".=) "k"."c0" AND "o"."Mail" OPERATOR("ext".=) "k"."c1")

-- absent, by one column of a partitioned table
SELECT pg_catalog.string_agg(pg_catalog.int4send(k.place::integer - 1), ''::bytea) FROM ROWS FROM (pg_catalog.unnest('{"1","2"}'::bigint[])) WITH ORDINALITY AS k ("c0", place) WHERE NOT EXISTS (SELECT FROM "auth"."users" AS o WHERE "o"."id" OPERATOR("pg_catalog".=) "k"."c0")

-- rows by their hash
(SELECT DISTINCT "user", "Mail", 0 FROM ONLY "auth"."users" WHERE hash IN ( E'\\000\\377'::bytea,  E'%'::bytea))

-- whole keys
"user" IS NOT NULL AND "Mail" IS NOT NULL

