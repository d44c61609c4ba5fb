-- absent
SELECT pg_catalog.string_agg(pg_catalog.int4send(k.place::integer OPERATOR(pg_catalog.-) 1), ''::pg_catalog.bytea) FROM ROWS FROM (pg_catalog.unnest('{"1","2"}'::bigint[]), pg_catalog.unnest( E'{"it''s 100% \\"a\\"","b\\\\c"}'::text[])) WITH ORDINALITY AS k ("c0", "c1", place) WHERE NOT EXISTS (SELECT FROM ONLY "auth"."users" AS o WHERE "o"."id" OPERATOR("pg_catalog".=) "k"."c0" AND "o"."Mail" OPERATOR("ext".=) "k"."c1")

-- absent, by one column of a partitioned table
SELECT pg_catalog.string_agg(pg_catalog.int4send(k.place::integer OPERATOR(pg_catalog.-) 1), ''::pg_catalog.bytea) FROM ROWS FROM (pg_catalog.unnest('{"1","2"}'::bigint[])) WITH ORDINALITY AS k ("c0", place) WHERE NOT EXISTS (SELECT FROM "auth"."users" AS o WHERE "o"."id" OPERATOR("pg_catalog".=) "k"."c0")

-- rows by their hash
(SELECT DISTINCT "user", "Mail", 0 FROM ONLY "auth"."users" WHERE hash OPERATOR(pg_catalog.=) ANY (ARRAY[ E'\\000\\377'::bytea,  E'%'::bytea]::pg_catalog.bytea[]))

-- whole keys
"user" IS NOT NULL AND "Mail" IS NOT NULL

-- hash of a key
pg_catalog.sha256(pg_catalog.substr(pg_catalog.array_send(ARRAY[pg_catalog.int8send("user"::bigint), pg_catalog.convert_to("Mail"::pg_catalog.text, 'UTF8')]::pg_catalog.bytea[]), 21))

-- hash of a date that is shifted
pg_catalog.sha256(pg_catalog.substr(pg_catalog.array_send(ARRAY[CASE WHEN pg_catalog.isfinite("Day") THEN pg_catalog.int8send(("Day" OPERATOR(pg_catalog.-) '1970-01-01'::pg_catalog.date)::bigint OPERATOR(pg_catalog.-) 9) ELSE '\x80'::pg_catalog.bytea OPERATOR(pg_catalog.||) pg_catalog.sha256(CASE WHEN "Day" IS DISTINCT FROM NULL THEN pg_catalog.convert_to(pg_catalog.concat("Day"), 'UTF8') END) END]::pg_catalog.bytea[]), 21))

-- keys beyond with their counts
SELECT pg_catalog.string_agg(h, ''::pg_catalog.bytea), pg_catalog.string_agg(pg_catalog.int8send(n), ''::pg_catalog.bytea) FROM (SELECT hash AS h, pg_catalog.count(*) AS n FROM ONLY "auth"."users" WHERE "user" IS NOT NULL AND "Mail" IS NOT NULL GROUP BY 1) AS keys GROUP BY pg_catalog.get_byte(h, 0)

-- keys beyond that are equal by operator
SELECT pg_catalog.string_agg(h, ''::pg_catalog.bytea) FROM (SELECT DISTINCT hash AS h FROM ONLY "auth"."users" AS o WHERE EXISTS (SELECT FROM ROWS FROM (pg_catalog.unnest('{"1","2"}'::bigint[]), pg_catalog.unnest( E'{"it''s 100% \\"a\\"","b\\\\c"}'::ext.citext[])) WITH ORDINALITY AS k ("c0", "c1", place) WHERE "k"."c0" OPERATOR("pg_catalog".=) "o"."user" AND "k"."c1" OPERATOR("ext".=) "o"."Mail")) AS keys

-- examples of two columns
SELECT pg_catalog.concat("k"."c0"), pg_catalog.concat("k"."c1") FROM ROWS FROM (pg_catalog.unnest('{"1","2"}'::bigint[]), pg_catalog.unnest( E'{"it''s 100% \\"a\\"","b\\\\c"}'::text[])) WITH ORDINALITY AS k ("c0", "c1", place) ORDER BY place, 1 LIMIT 3

-- examples by their hash
SELECT pg_catalog.concat("k"."c0") FROM (SELECT DISTINCT "user", 0 FROM ONLY "auth"."users" WHERE hash OPERATOR(pg_catalog.=) ANY (ARRAY[ E'%'::bytea]::pg_catalog.bytea[])) AS k ("c0", place) ORDER BY place, 1 LIMIT 3

