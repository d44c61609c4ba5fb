-- boolean in boolean
pg_catalog.boolsend("v")

-- smallint in smallint
pg_catalog.int8send("v"::bigint)

-- integer in integer
pg_catalog.int8send("v"::bigint)

-- integer in bigint
pg_catalog.int8send("v"::bigint)

-- integer in numeric(11,2)
CASE WHEN "v" OPERATOR(pg_catalog.>=) -9223372036854775808 AND "v" OPERATOR(pg_catalog.<=) 9223372036854775807 AND "v" OPERATOR(pg_catalog.=) pg_catalog.trunc("v") THEN pg_catalog.int8send("v"::bigint) ELSE '\x80'::pg_catalog.bytea OPERATOR(pg_catalog.||) pg_catalog.sha256(CASE WHEN "v" IS DISTINCT FROM NULL THEN pg_catalog.convert_to(pg_catalog.concat("v"), 'UTF8') END) END

-- integer in text
'\x80'::pg_catalog.bytea OPERATOR(pg_catalog.||) pg_catalog.sha256(CASE WHEN "v" IS DISTINCT FROM NULL THEN pg_catalog.convert_to(pg_catalog.concat("v"), 'UTF8') END)

-- bigint in bigint
pg_catalog.int8send("v"::bigint)

-- real in real
CASE WHEN "v" OPERATOR(pg_catalog.=) 'NaN' THEN '\x7ff8000000000000'::pg_catalog.bytea ELSE pg_catalog.float8send("v"::double precision OPERATOR(pg_catalog.+) 0) END

-- real in double precision
CASE WHEN "v" OPERATOR(pg_catalog.=) 'NaN' THEN '\x7ff8000000000000'::pg_catalog.bytea ELSE pg_catalog.float8send("v"::double precision OPERATOR(pg_catalog.+) 0) END

-- real in integer
'\x80'::pg_catalog.bytea OPERATOR(pg_catalog.||) pg_catalog.sha256(CASE WHEN "v" IS DISTINCT FROM NULL THEN pg_catalog.convert_to(pg_catalog.concat("v"), 'UTF8') END)

-- double precision in double precision
CASE WHEN "v" OPERATOR(pg_catalog.=) 'NaN' THEN '\x7ff8000000000000'::pg_catalog.bytea ELSE pg_catalog.float8send("v"::double precision OPERATOR(pg_catalog.+) 0) END

-- numeric(11,2) in numeric(11,2)
pg_catalog.convert_to(pg_catalog.trim_scale("v"::numeric)::pg_catalog.text, 'UTF8')

-- numeric(11,2) in numeric
pg_catalog.convert_to(pg_catalog.trim_scale("v"::numeric)::pg_catalog.text, 'UTF8')

-- numeric(11,2) in bigint
pg_catalog.convert_to(pg_catalog.trim_scale("v"::numeric)::pg_catalog.text, 'UTF8')

-- numeric(11,2) in double precision
'\x80'::pg_catalog.bytea OPERATOR(pg_catalog.||) pg_catalog.sha256(CASE WHEN "v" IS DISTINCT FROM NULL THEN pg_catalog.convert_to(pg_catalog.concat("v"), 'UTF8') END)

-- numeric(38,0) in numeric(38,0)
pg_catalog.convert_to(pg_catalog.trim_scale("v"::numeric)::pg_catalog.text, 'UTF8')

-- numeric(38,38) in numeric(38,38)
pg_catalog.convert_to(pg_catalog.trim_scale("v"::numeric)::pg_catalog.text, 'UTF8')

-- numeric(7,5) in numeric(7,5)
pg_catalog.convert_to(pg_catalog.trim_scale("v"::numeric)::pg_catalog.text, 'UTF8')

-- text in text
pg_catalog.convert_to("v"::pg_catalog.text, 'UTF8')

-- character varying(70000) in character varying(70000)
pg_catalog.convert_to("v"::pg_catalog.text, 'UTF8')

-- character varying(70000) in text
pg_catalog.convert_to("v"::pg_catalog.text, 'UTF8')

-- character varying(70000) in character(3)
pg_catalog.convert_to("v"::pg_catalog.text, 'UTF8')

-- character(3) in character(3)
pg_catalog.convert_to(pg_catalog.rpad("v"::pg_catalog.text, greatest(3, pg_catalog.char_length("v"::pg_catalog.text))), 'UTF8')

-- character(3) in character(5)
pg_catalog.convert_to(pg_catalog.rpad("v"::pg_catalog.text, greatest(3, pg_catalog.char_length("v"::pg_catalog.text))), 'UTF8')

-- character(3) in text
pg_catalog.convert_to("v"::pg_catalog.text, 'UTF8')

-- bytea in bytea
("v")::pg_catalog.bytea

-- uuid in uuid
pg_catalog.uuid_send("v")

-- jsonb in jsonb
(SELECT pg_catalog.convert_to(CASE WHEN t OPERATOR(pg_catalog.~)  E'\\.[0-9]*0([],}]|$)' THEN pg_catalog.regexp_replace(t,  E'("(?:[^"\\\\]|\\\\.)*")|(\\.[0-9]*[1-9])0+(?![0-9])|\\.0+(?![0-9])',  E'\\1\\2', 'g') ELSE t END, 'UTF8') FROM (SELECT "v"::pg_catalog.text OFFSET 0) AS printed (t))

-- jsonb in json
pg_catalog.convert_to("v"::pg_catalog.text, 'UTF8')

-- jsonb in text
'\x80'::pg_catalog.bytea OPERATOR(pg_catalog.||) pg_catalog.sha256(CASE WHEN "v" IS DISTINCT FROM NULL THEN pg_catalog.convert_to(pg_catalog.concat("v"), 'UTF8') END)

-- json in json
pg_catalog.convert_to("v"::pg_catalog.text, 'UTF8')

-- json in jsonb
'\x80'::pg_catalog.bytea OPERATOR(pg_catalog.||) pg_catalog.sha256(CASE WHEN "v" IS DISTINCT FROM NULL THEN pg_catalog.convert_to(pg_catalog.concat("v"), 'UTF8') END)

-- date in date
CASE WHEN pg_catalog.isfinite("v") THEN pg_catalog.int8send(("v" OPERATOR(pg_catalog.-) '1970-01-01'::pg_catalog.date)::bigint OPERATOR(pg_catalog.-) 0) ELSE '\x80'::pg_catalog.bytea OPERATOR(pg_catalog.||) pg_catalog.sha256(CASE WHEN "v" IS DISTINCT FROM NULL THEN pg_catalog.convert_to(pg_catalog.concat("v"), 'UTF8') END) END

-- date in timestamp without time zone
'\x80'::pg_catalog.bytea OPERATOR(pg_catalog.||) pg_catalog.sha256(CASE WHEN "v" IS DISTINCT FROM NULL THEN pg_catalog.convert_to(pg_catalog.concat("v"), 'UTF8') END)

-- time without time zone in time without time zone
pg_catalog.time_send("v")

-- timestamp without time zone in timestamp without time zone
CASE WHEN "v" OPERATOR(pg_catalog.>=) 'J0 00:00:00+00'::timestamp without time zone AND "v" OPERATOR(pg_catalog.<) 'J109192570 00:00:00+00'::timestamp without time zone THEN pg_catalog.timestamp_send("v" OPERATOR(pg_catalog.+) '946684800 seconds'::interval) WHEN pg_catalog.isfinite("v") AND (((EXTRACT(epoch FROM pg_catalog.date_trunc('second', "v")) OPERATOR(pg_catalog.*) 1000000) OPERATOR(pg_catalog.+) (EXTRACT(microseconds FROM "v") OPERATOR(pg_catalog.%) 1000000)) OPERATOR(pg_catalog.-) 0) OPERATOR(pg_catalog.>=) -9223372036854775808 AND (((EXTRACT(epoch FROM pg_catalog.date_trunc('second', "v")) OPERATOR(pg_catalog.*) 1000000) OPERATOR(pg_catalog.+) (EXTRACT(microseconds FROM "v") OPERATOR(pg_catalog.%) 1000000)) OPERATOR(pg_catalog.-) 0) OPERATOR(pg_catalog.<=) 9223372036854775807 THEN pg_catalog.int8send((((EXTRACT(epoch FROM pg_catalog.date_trunc('second', "v")) OPERATOR(pg_catalog.*) 1000000) OPERATOR(pg_catalog.+) (EXTRACT(microseconds FROM "v") OPERATOR(pg_catalog.%) 1000000)) OPERATOR(pg_catalog.-) 0)::bigint) ELSE '\x80'::pg_catalog.bytea OPERATOR(pg_catalog.||) pg_catalog.sha256(CASE WHEN "v" IS DISTINCT FROM NULL THEN pg_catalog.convert_to(pg_catalog.concat("v"), 'UTF8') END) END

-- timestamp without time zone in timestamp(3) without time zone
CASE WHEN "v" OPERATOR(pg_catalog.>=) 'J0 00:00:00+00'::timestamp without time zone AND "v" OPERATOR(pg_catalog.<) 'J109192570 00:00:00+00'::timestamp without time zone THEN pg_catalog.timestamp_send("v" OPERATOR(pg_catalog.+) '946684800 seconds'::interval) WHEN pg_catalog.isfinite("v") AND (((EXTRACT(epoch FROM pg_catalog.date_trunc('second', "v")) OPERATOR(pg_catalog.*) 1000000) OPERATOR(pg_catalog.+) (EXTRACT(microseconds FROM "v") OPERATOR(pg_catalog.%) 1000000)) OPERATOR(pg_catalog.-) 0) OPERATOR(pg_catalog.>=) -9223372036854775808 AND (((EXTRACT(epoch FROM pg_catalog.date_trunc('second', "v")) OPERATOR(pg_catalog.*) 1000000) OPERATOR(pg_catalog.+) (EXTRACT(microseconds FROM "v") OPERATOR(pg_catalog.%) 1000000)) OPERATOR(pg_catalog.-) 0) OPERATOR(pg_catalog.<=) 9223372036854775807 THEN pg_catalog.int8send((((EXTRACT(epoch FROM pg_catalog.date_trunc('second', "v")) OPERATOR(pg_catalog.*) 1000000) OPERATOR(pg_catalog.+) (EXTRACT(microseconds FROM "v") OPERATOR(pg_catalog.%) 1000000)) OPERATOR(pg_catalog.-) 0)::bigint) ELSE '\x80'::pg_catalog.bytea OPERATOR(pg_catalog.||) pg_catalog.sha256(CASE WHEN "v" IS DISTINCT FROM NULL THEN pg_catalog.convert_to(pg_catalog.concat("v"), 'UTF8') END) END

-- timestamp without time zone in timestamp with time zone
'\x80'::pg_catalog.bytea OPERATOR(pg_catalog.||) pg_catalog.sha256(CASE WHEN "v" IS DISTINCT FROM NULL THEN pg_catalog.convert_to(pg_catalog.concat("v"), 'UTF8') END)

-- timestamp with time zone in timestamp with time zone
CASE WHEN "v" OPERATOR(pg_catalog.>=) 'J0 00:00:00+00'::timestamp with time zone AND "v" OPERATOR(pg_catalog.<) 'J109192570 00:00:00+00'::timestamp with time zone THEN pg_catalog.timestamptz_send("v" OPERATOR(pg_catalog.+) '946684800 seconds'::interval) WHEN pg_catalog.isfinite("v") AND (((EXTRACT(epoch FROM pg_catalog.date_trunc('second', "v")) OPERATOR(pg_catalog.*) 1000000) OPERATOR(pg_catalog.+) (EXTRACT(microseconds FROM "v") OPERATOR(pg_catalog.%) 1000000)) OPERATOR(pg_catalog.-) 0) OPERATOR(pg_catalog.>=) -9223372036854775808 AND (((EXTRACT(epoch FROM pg_catalog.date_trunc('second', "v")) OPERATOR(pg_catalog.*) 1000000) OPERATOR(pg_catalog.+) (EXTRACT(microseconds FROM "v") OPERATOR(pg_catalog.%) 1000000)) OPERATOR(pg_catalog.-) 0) OPERATOR(pg_catalog.<=) 9223372036854775807 THEN pg_catalog.int8send((((EXTRACT(epoch FROM pg_catalog.date_trunc('second', "v")) OPERATOR(pg_catalog.*) 1000000) OPERATOR(pg_catalog.+) (EXTRACT(microseconds FROM "v") OPERATOR(pg_catalog.%) 1000000)) OPERATOR(pg_catalog.-) 0)::bigint) ELSE '\x80'::pg_catalog.bytea OPERATOR(pg_catalog.||) pg_catalog.sha256(CASE WHEN "v" IS DISTINCT FROM NULL THEN pg_catalog.convert_to(pg_catalog.concat("v"), 'UTF8') END) END

-- interval in interval
pg_catalog.substr(pg_catalog.interval_send("v"), 13) OPERATOR(pg_catalog.||) pg_catalog.substr(pg_catalog.interval_send("v"), 9, 4) OPERATOR(pg_catalog.||) pg_catalog.substr(pg_catalog.interval_send("v"), 1, 8)

-- mood in mood
pg_catalog.convert_to("v"::pg_catalog.text, 'UTF8')

-- mood in text
pg_catalog.convert_to("v"::pg_catalog.text, 'UTF8')

-- mood in character varying(9)
pg_catalog.convert_to("v"::pg_catalog.text, 'UTF8')

-- boolean[] in boolean[]
CASE WHEN pg_catalog.array_ndims("v") OPERATOR(pg_catalog.>) 1 OR pg_catalog.array_lower("v", 1) OPERATOR(pg_catalog.<>) 1 THEN '\x80'::pg_catalog.bytea OPERATOR(pg_catalog.||) pg_catalog.sha256(CASE WHEN "v" IS DISTINCT FROM NULL THEN pg_catalog.convert_to(pg_catalog.concat("v"), 'UTF8') END) ELSE pg_catalog.substr(pg_catalog.array_send("v"), 21) END

-- smallint[] in smallint[]
CASE WHEN pg_catalog.array_ndims("v") OPERATOR(pg_catalog.>) 1 OR pg_catalog.array_lower("v", 1) OPERATOR(pg_catalog.<>) 1 THEN '\x80'::pg_catalog.bytea OPERATOR(pg_catalog.||) pg_catalog.sha256(CASE WHEN "v" IS DISTINCT FROM NULL THEN pg_catalog.convert_to(pg_catalog.concat("v"), 'UTF8') END) ELSE pg_catalog.substr(pg_catalog.array_send("v"::bigint[]), 21) END

-- integer[] in integer[]
CASE WHEN pg_catalog.array_ndims("v") OPERATOR(pg_catalog.>) 1 OR pg_catalog.array_lower("v", 1) OPERATOR(pg_catalog.<>) 1 THEN '\x80'::pg_catalog.bytea OPERATOR(pg_catalog.||) pg_catalog.sha256(CASE WHEN "v" IS DISTINCT FROM NULL THEN pg_catalog.convert_to(pg_catalog.concat("v"), 'UTF8') END) ELSE pg_catalog.substr(pg_catalog.array_send("v"::bigint[]), 21) END

-- integer[] in bigint[]
CASE WHEN pg_catalog.array_ndims("v") OPERATOR(pg_catalog.>) 1 OR pg_catalog.array_lower("v", 1) OPERATOR(pg_catalog.<>) 1 THEN '\x80'::pg_catalog.bytea OPERATOR(pg_catalog.||) pg_catalog.sha256(CASE WHEN "v" IS DISTINCT FROM NULL THEN pg_catalog.convert_to(pg_catalog.concat("v"), 'UTF8') END) ELSE pg_catalog.substr(pg_catalog.array_send("v"::bigint[]), 21) END

-- integer[] in numeric[]
'\x80'::pg_catalog.bytea OPERATOR(pg_catalog.||) pg_catalog.sha256(CASE WHEN "v" IS DISTINCT FROM NULL THEN pg_catalog.convert_to(pg_catalog.concat("v"), 'UTF8') END)

-- integer[] in integer
'\x80'::pg_catalog.bytea OPERATOR(pg_catalog.||) pg_catalog.sha256(CASE WHEN "v" IS DISTINCT FROM NULL THEN pg_catalog.convert_to(pg_catalog.concat("v"), 'UTF8') END)

-- bigint[] in bigint[]
CASE WHEN pg_catalog.array_ndims("v") OPERATOR(pg_catalog.>) 1 OR pg_catalog.array_lower("v", 1) OPERATOR(pg_catalog.<>) 1 THEN '\x80'::pg_catalog.bytea OPERATOR(pg_catalog.||) pg_catalog.sha256(CASE WHEN "v" IS DISTINCT FROM NULL THEN pg_catalog.convert_to(pg_catalog.concat("v"), 'UTF8') END) ELSE pg_catalog.substr(pg_catalog.array_send("v"::bigint[]), 21) END

-- real[] in real[]
CASE WHEN pg_catalog.array_ndims("v") OPERATOR(pg_catalog.>) 1 OR pg_catalog.array_lower("v", 1) OPERATOR(pg_catalog.<>) 1 THEN '\x80'::pg_catalog.bytea OPERATOR(pg_catalog.||) pg_catalog.sha256(CASE WHEN "v" IS DISTINCT FROM NULL THEN pg_catalog.convert_to(pg_catalog.concat("v"), 'UTF8') END) ELSE CASE WHEN pg_catalog.cardinality("v") OPERATOR(pg_catalog.=) 0 THEN ''::pg_catalog.bytea ELSE (SELECT pg_catalog.substr(pg_catalog.array_send(pg_catalog.array_agg(CASE WHEN element OPERATOR(pg_catalog.=) 'NaN' THEN '\x7ff8000000000000'::pg_catalog.bytea ELSE pg_catalog.float8send(element::double precision OPERATOR(pg_catalog.+) 0) END ORDER BY place)), 21) FROM pg_catalog.unnest("v") WITH ORDINALITY AS item (element, place)) END END

-- double precision[] in double precision[]
CASE WHEN pg_catalog.array_ndims("v") OPERATOR(pg_catalog.>) 1 OR pg_catalog.array_lower("v", 1) OPERATOR(pg_catalog.<>) 1 THEN '\x80'::pg_catalog.bytea OPERATOR(pg_catalog.||) pg_catalog.sha256(CASE WHEN "v" IS DISTINCT FROM NULL THEN pg_catalog.convert_to(pg_catalog.concat("v"), 'UTF8') END) ELSE CASE WHEN pg_catalog.cardinality("v") OPERATOR(pg_catalog.=) 0 THEN ''::pg_catalog.bytea ELSE (SELECT pg_catalog.substr(pg_catalog.array_send(pg_catalog.array_agg(CASE WHEN element OPERATOR(pg_catalog.=) 'NaN' THEN '\x7ff8000000000000'::pg_catalog.bytea ELSE pg_catalog.float8send(element::double precision OPERATOR(pg_catalog.+) 0) END ORDER BY place)), 21) FROM pg_catalog.unnest("v") WITH ORDINALITY AS item (element, place)) END END

-- numeric(11,2)[] in numeric(11,2)[]
CASE WHEN pg_catalog.array_ndims("v") OPERATOR(pg_catalog.>) 1 OR pg_catalog.array_lower("v", 1) OPERATOR(pg_catalog.<>) 1 THEN '\x80'::pg_catalog.bytea OPERATOR(pg_catalog.||) pg_catalog.sha256(CASE WHEN "v" IS DISTINCT FROM NULL THEN pg_catalog.convert_to(pg_catalog.concat("v"), 'UTF8') END) ELSE CASE WHEN pg_catalog.cardinality("v") OPERATOR(pg_catalog.=) 0 THEN ''::pg_catalog.bytea ELSE (SELECT pg_catalog.substr(pg_catalog.array_send(pg_catalog.array_agg(pg_catalog.convert_to(pg_catalog.trim_scale(element::numeric)::pg_catalog.text, 'UTF8') ORDER BY place)), 21) FROM pg_catalog.unnest("v") WITH ORDINALITY AS item (element, place)) END END

-- numeric(38,0)[] in numeric(38,0)[]
CASE WHEN pg_catalog.array_ndims("v") OPERATOR(pg_catalog.>) 1 OR pg_catalog.array_lower("v", 1) OPERATOR(pg_catalog.<>) 1 THEN '\x80'::pg_catalog.bytea OPERATOR(pg_catalog.||) pg_catalog.sha256(CASE WHEN "v" IS DISTINCT FROM NULL THEN pg_catalog.convert_to(pg_catalog.concat("v"), 'UTF8') END) ELSE CASE WHEN pg_catalog.cardinality("v") OPERATOR(pg_catalog.=) 0 THEN ''::pg_catalog.bytea ELSE (SELECT pg_catalog.substr(pg_catalog.array_send(pg_catalog.array_agg(pg_catalog.convert_to(pg_catalog.trim_scale(element::numeric)::pg_catalog.text, 'UTF8') ORDER BY place)), 21) FROM pg_catalog.unnest("v") WITH ORDINALITY AS item (element, place)) END END

-- numeric(38,38)[] in numeric(38,38)[]
CASE WHEN pg_catalog.array_ndims("v") OPERATOR(pg_catalog.>) 1 OR pg_catalog.array_lower("v", 1) OPERATOR(pg_catalog.<>) 1 THEN '\x80'::pg_catalog.bytea OPERATOR(pg_catalog.||) pg_catalog.sha256(CASE WHEN "v" IS DISTINCT FROM NULL THEN pg_catalog.convert_to(pg_catalog.concat("v"), 'UTF8') END) ELSE CASE WHEN pg_catalog.cardinality("v") OPERATOR(pg_catalog.=) 0 THEN ''::pg_catalog.bytea ELSE (SELECT pg_catalog.substr(pg_catalog.array_send(pg_catalog.array_agg(pg_catalog.convert_to(pg_catalog.trim_scale(element::numeric)::pg_catalog.text, 'UTF8') ORDER BY place)), 21) FROM pg_catalog.unnest("v") WITH ORDINALITY AS item (element, place)) END END

-- numeric(7,5)[] in numeric(7,5)[]
CASE WHEN pg_catalog.array_ndims("v") OPERATOR(pg_catalog.>) 1 OR pg_catalog.array_lower("v", 1) OPERATOR(pg_catalog.<>) 1 THEN '\x80'::pg_catalog.bytea OPERATOR(pg_catalog.||) pg_catalog.sha256(CASE WHEN "v" IS DISTINCT FROM NULL THEN pg_catalog.convert_to(pg_catalog.concat("v"), 'UTF8') END) ELSE CASE WHEN pg_catalog.cardinality("v") OPERATOR(pg_catalog.=) 0 THEN ''::pg_catalog.bytea ELSE (SELECT pg_catalog.substr(pg_catalog.array_send(pg_catalog.array_agg(pg_catalog.convert_to(pg_catalog.trim_scale(element::numeric)::pg_catalog.text, 'UTF8') ORDER BY place)), 21) FROM pg_catalog.unnest("v") WITH ORDINALITY AS item (element, place)) END END

-- text[] in text[]
CASE WHEN pg_catalog.array_ndims("v") OPERATOR(pg_catalog.>) 1 OR pg_catalog.array_lower("v", 1) OPERATOR(pg_catalog.<>) 1 THEN '\x80'::pg_catalog.bytea OPERATOR(pg_catalog.||) pg_catalog.sha256(CASE WHEN "v" IS DISTINCT FROM NULL THEN pg_catalog.convert_to(pg_catalog.concat("v"), 'UTF8') END) ELSE pg_catalog.substr(pg_catalog.array_send("v"::pg_catalog.text[]), 21) END

-- text[] in character varying(9)[]
CASE WHEN pg_catalog.array_ndims("v") OPERATOR(pg_catalog.>) 1 OR pg_catalog.array_lower("v", 1) OPERATOR(pg_catalog.<>) 1 THEN '\x80'::pg_catalog.bytea OPERATOR(pg_catalog.||) pg_catalog.sha256(CASE WHEN "v" IS DISTINCT FROM NULL THEN pg_catalog.convert_to(pg_catalog.concat("v"), 'UTF8') END) ELSE pg_catalog.substr(pg_catalog.array_send("v"::pg_catalog.text[]), 21) END

-- text[] in character(3)[]
CASE WHEN pg_catalog.array_ndims("v") OPERATOR(pg_catalog.>) 1 OR pg_catalog.array_lower("v", 1) OPERATOR(pg_catalog.<>) 1 THEN '\x80'::pg_catalog.bytea OPERATOR(pg_catalog.||) pg_catalog.sha256(CASE WHEN "v" IS DISTINCT FROM NULL THEN pg_catalog.convert_to(pg_catalog.concat("v"), 'UTF8') END) ELSE CASE WHEN pg_catalog.cardinality("v") OPERATOR(pg_catalog.=) 0 THEN ''::pg_catalog.bytea ELSE (SELECT pg_catalog.substr(pg_catalog.array_send(pg_catalog.array_agg(pg_catalog.convert_to(element::pg_catalog.text, 'UTF8') ORDER BY place)), 21) FROM pg_catalog.unnest("v") WITH ORDINALITY AS item (element, place)) END END

-- character varying(70000)[] in character varying(70000)[]
CASE WHEN pg_catalog.array_ndims("v") OPERATOR(pg_catalog.>) 1 OR pg_catalog.array_lower("v", 1) OPERATOR(pg_catalog.<>) 1 THEN '\x80'::pg_catalog.bytea OPERATOR(pg_catalog.||) pg_catalog.sha256(CASE WHEN "v" IS DISTINCT FROM NULL THEN pg_catalog.convert_to(pg_catalog.concat("v"), 'UTF8') END) ELSE pg_catalog.substr(pg_catalog.array_send("v"::pg_catalog.text[]), 21) END

-- character(3)[] in character(3)[]
CASE WHEN pg_catalog.array_ndims("v") OPERATOR(pg_catalog.>) 1 OR pg_catalog.array_lower("v", 1) OPERATOR(pg_catalog.<>) 1 THEN '\x80'::pg_catalog.bytea OPERATOR(pg_catalog.||) pg_catalog.sha256(CASE WHEN "v" IS DISTINCT FROM NULL THEN pg_catalog.convert_to(pg_catalog.concat("v"), 'UTF8') END) ELSE CASE WHEN pg_catalog.cardinality("v") OPERATOR(pg_catalog.=) 0 THEN ''::pg_catalog.bytea ELSE (SELECT pg_catalog.substr(pg_catalog.array_send(pg_catalog.array_agg(pg_catalog.convert_to(pg_catalog.rpad(element::pg_catalog.text, greatest(3, pg_catalog.char_length(element::pg_catalog.text))), 'UTF8') ORDER BY place)), 21) FROM pg_catalog.unnest("v") WITH ORDINALITY AS item (element, place)) END END

-- bytea[] in bytea[]
CASE WHEN pg_catalog.array_ndims("v") OPERATOR(pg_catalog.>) 1 OR pg_catalog.array_lower("v", 1) OPERATOR(pg_catalog.<>) 1 THEN '\x80'::pg_catalog.bytea OPERATOR(pg_catalog.||) pg_catalog.sha256(CASE WHEN "v" IS DISTINCT FROM NULL THEN pg_catalog.convert_to(pg_catalog.concat("v"), 'UTF8') END) ELSE pg_catalog.substr(pg_catalog.array_send("v"), 21) END

-- uuid[] in uuid[]
CASE WHEN pg_catalog.array_ndims("v") OPERATOR(pg_catalog.>) 1 OR pg_catalog.array_lower("v", 1) OPERATOR(pg_catalog.<>) 1 THEN '\x80'::pg_catalog.bytea OPERATOR(pg_catalog.||) pg_catalog.sha256(CASE WHEN "v" IS DISTINCT FROM NULL THEN pg_catalog.convert_to(pg_catalog.concat("v"), 'UTF8') END) ELSE pg_catalog.substr(pg_catalog.array_send("v"), 21) END

-- jsonb[] in jsonb[]
CASE WHEN pg_catalog.array_ndims("v") OPERATOR(pg_catalog.>) 1 OR pg_catalog.array_lower("v", 1) OPERATOR(pg_catalog.<>) 1 THEN '\x80'::pg_catalog.bytea OPERATOR(pg_catalog.||) pg_catalog.sha256(CASE WHEN "v" IS DISTINCT FROM NULL THEN pg_catalog.convert_to(pg_catalog.concat("v"), 'UTF8') END) ELSE CASE WHEN pg_catalog.cardinality("v") OPERATOR(pg_catalog.=) 0 THEN ''::pg_catalog.bytea ELSE (SELECT pg_catalog.substr(pg_catalog.array_send(pg_catalog.array_agg((SELECT pg_catalog.convert_to(CASE WHEN t OPERATOR(pg_catalog.~)  E'\\.[0-9]*0([],}]|$)' THEN pg_catalog.regexp_replace(t,  E'("(?:[^"\\\\]|\\\\.)*")|(\\.[0-9]*[1-9])0+(?![0-9])|\\.0+(?![0-9])',  E'\\1\\2', 'g') ELSE t END, 'UTF8') FROM (SELECT element::pg_catalog.text OFFSET 0) AS printed (t)) ORDER BY place)), 21) FROM pg_catalog.unnest("v") WITH ORDINALITY AS item (element, place)) END END

-- json[] in json[]
CASE WHEN pg_catalog.array_ndims("v") OPERATOR(pg_catalog.>) 1 OR pg_catalog.array_lower("v", 1) OPERATOR(pg_catalog.<>) 1 THEN '\x80'::pg_catalog.bytea OPERATOR(pg_catalog.||) pg_catalog.sha256(CASE WHEN "v" IS DISTINCT FROM NULL THEN pg_catalog.convert_to(pg_catalog.concat("v"), 'UTF8') END) ELSE pg_catalog.substr(pg_catalog.array_send("v"), 21) END

-- date[] in date[]
CASE WHEN pg_catalog.array_ndims("v") OPERATOR(pg_catalog.>) 1 OR pg_catalog.array_lower("v", 1) OPERATOR(pg_catalog.<>) 1 THEN '\x80'::pg_catalog.bytea OPERATOR(pg_catalog.||) pg_catalog.sha256(CASE WHEN "v" IS DISTINCT FROM NULL THEN pg_catalog.convert_to(pg_catalog.concat("v"), 'UTF8') END) ELSE CASE WHEN pg_catalog.cardinality("v") OPERATOR(pg_catalog.=) 0 THEN ''::pg_catalog.bytea ELSE (SELECT pg_catalog.substr(pg_catalog.array_send(pg_catalog.array_agg(CASE WHEN pg_catalog.isfinite(element) THEN pg_catalog.int8send((element OPERATOR(pg_catalog.-) '1970-01-01'::pg_catalog.date)::bigint OPERATOR(pg_catalog.-) 0) ELSE '\x80'::pg_catalog.bytea OPERATOR(pg_catalog.||) pg_catalog.sha256(CASE WHEN element IS DISTINCT FROM NULL THEN pg_catalog.convert_to(pg_catalog.concat(element), 'UTF8') END) END ORDER BY place)), 21) FROM pg_catalog.unnest("v") WITH ORDINALITY AS item (element, place)) END END

-- time without time zone[] in time without time zone[]
CASE WHEN pg_catalog.array_ndims("v") OPERATOR(pg_catalog.>) 1 OR pg_catalog.array_lower("v", 1) OPERATOR(pg_catalog.<>) 1 THEN '\x80'::pg_catalog.bytea OPERATOR(pg_catalog.||) pg_catalog.sha256(CASE WHEN "v" IS DISTINCT FROM NULL THEN pg_catalog.convert_to(pg_catalog.concat("v"), 'UTF8') END) ELSE pg_catalog.substr(pg_catalog.array_send("v"), 21) END

-- timestamp without time zone[] in timestamp without time zone[]
CASE WHEN pg_catalog.array_ndims("v") OPERATOR(pg_catalog.>) 1 OR pg_catalog.array_lower("v", 1) OPERATOR(pg_catalog.<>) 1 THEN '\x80'::pg_catalog.bytea OPERATOR(pg_catalog.||) pg_catalog.sha256(CASE WHEN "v" IS DISTINCT FROM NULL THEN pg_catalog.convert_to(pg_catalog.concat("v"), 'UTF8') END) ELSE CASE WHEN pg_catalog.cardinality("v") OPERATOR(pg_catalog.=) 0 THEN ''::pg_catalog.bytea ELSE (SELECT pg_catalog.substr(pg_catalog.array_send(pg_catalog.array_agg(CASE WHEN element OPERATOR(pg_catalog.>=) 'J0 00:00:00+00'::timestamp without time zone AND element OPERATOR(pg_catalog.<) 'J109192570 00:00:00+00'::timestamp without time zone THEN pg_catalog.timestamp_send(element OPERATOR(pg_catalog.+) '946684800 seconds'::interval) WHEN pg_catalog.isfinite(element) AND (((EXTRACT(epoch FROM pg_catalog.date_trunc('second', element)) OPERATOR(pg_catalog.*) 1000000) OPERATOR(pg_catalog.+) (EXTRACT(microseconds FROM element) OPERATOR(pg_catalog.%) 1000000)) OPERATOR(pg_catalog.-) 0) OPERATOR(pg_catalog.>=) -9223372036854775808 AND (((EXTRACT(epoch FROM pg_catalog.date_trunc('second', element)) OPERATOR(pg_catalog.*) 1000000) OPERATOR(pg_catalog.+) (EXTRACT(microseconds FROM element) OPERATOR(pg_catalog.%) 1000000)) OPERATOR(pg_catalog.-) 0) OPERATOR(pg_catalog.<=) 9223372036854775807 THEN pg_catalog.int8send((((EXTRACT(epoch FROM pg_catalog.date_trunc('second', element)) OPERATOR(pg_catalog.*) 1000000) OPERATOR(pg_catalog.+) (EXTRACT(microseconds FROM element) OPERATOR(pg_catalog.%) 1000000)) OPERATOR(pg_catalog.-) 0)::bigint) ELSE '\x80'::pg_catalog.bytea OPERATOR(pg_catalog.||) pg_catalog.sha256(CASE WHEN element IS DISTINCT FROM NULL THEN pg_catalog.convert_to(pg_catalog.concat(element), 'UTF8') END) END ORDER BY place)), 21) FROM pg_catalog.unnest("v") WITH ORDINALITY AS item (element, place)) END END

-- timestamp with time zone[] in timestamp with time zone[]
CASE WHEN pg_catalog.array_ndims("v") OPERATOR(pg_catalog.>) 1 OR pg_catalog.array_lower("v", 1) OPERATOR(pg_catalog.<>) 1 THEN '\x80'::pg_catalog.bytea OPERATOR(pg_catalog.||) pg_catalog.sha256(CASE WHEN "v" IS DISTINCT FROM NULL THEN pg_catalog.convert_to(pg_catalog.concat("v"), 'UTF8') END) ELSE CASE WHEN pg_catalog.cardinality("v") OPERATOR(pg_catalog.=) 0 THEN ''::pg_catalog.bytea ELSE (SELECT pg_catalog.substr(pg_catalog.array_send(pg_catalog.array_agg(CASE WHEN element OPERATOR(pg_catalog.>=) 'J0 00:00:00+00'::timestamp with time zone AND element OPERATOR(pg_catalog.<) 'J109192570 00:00:00+00'::timestamp with time zone THEN pg_catalog.timestamptz_send(element OPERATOR(pg_catalog.+) '946684800 seconds'::interval) WHEN pg_catalog.isfinite(element) AND (((EXTRACT(epoch FROM pg_catalog.date_trunc('second', element)) OPERATOR(pg_catalog.*) 1000000) OPERATOR(pg_catalog.+) (EXTRACT(microseconds FROM element) OPERATOR(pg_catalog.%) 1000000)) OPERATOR(pg_catalog.-) 0) OPERATOR(pg_catalog.>=) -9223372036854775808 AND (((EXTRACT(epoch FROM pg_catalog.date_trunc('second', element)) OPERATOR(pg_catalog.*) 1000000) OPERATOR(pg_catalog.+) (EXTRACT(microseconds FROM element) OPERATOR(pg_catalog.%) 1000000)) OPERATOR(pg_catalog.-) 0) OPERATOR(pg_catalog.<=) 9223372036854775807 THEN pg_catalog.int8send((((EXTRACT(epoch FROM pg_catalog.date_trunc('second', element)) OPERATOR(pg_catalog.*) 1000000) OPERATOR(pg_catalog.+) (EXTRACT(microseconds FROM element) OPERATOR(pg_catalog.%) 1000000)) OPERATOR(pg_catalog.-) 0)::bigint) ELSE '\x80'::pg_catalog.bytea OPERATOR(pg_catalog.||) pg_catalog.sha256(CASE WHEN element IS DISTINCT FROM NULL THEN pg_catalog.convert_to(pg_catalog.concat(element), 'UTF8') END) END ORDER BY place)), 21) FROM pg_catalog.unnest("v") WITH ORDINALITY AS item (element, place)) END END

-- interval[] in interval[]
CASE WHEN pg_catalog.array_ndims("v") OPERATOR(pg_catalog.>) 1 OR pg_catalog.array_lower("v", 1) OPERATOR(pg_catalog.<>) 1 THEN '\x80'::pg_catalog.bytea OPERATOR(pg_catalog.||) pg_catalog.sha256(CASE WHEN "v" IS DISTINCT FROM NULL THEN pg_catalog.convert_to(pg_catalog.concat("v"), 'UTF8') END) ELSE CASE WHEN pg_catalog.cardinality("v") OPERATOR(pg_catalog.=) 0 THEN ''::pg_catalog.bytea ELSE (SELECT pg_catalog.substr(pg_catalog.array_send(pg_catalog.array_agg(pg_catalog.substr(pg_catalog.interval_send(element), 13) OPERATOR(pg_catalog.||) pg_catalog.substr(pg_catalog.interval_send(element), 9, 4) OPERATOR(pg_catalog.||) pg_catalog.substr(pg_catalog.interval_send(element), 1, 8) ORDER BY place)), 21) FROM pg_catalog.unnest("v") WITH ORDINALITY AS item (element, place)) END END

-- mood[] in mood[]
CASE WHEN pg_catalog.array_ndims("v") OPERATOR(pg_catalog.>) 1 OR pg_catalog.array_lower("v", 1) OPERATOR(pg_catalog.<>) 1 THEN '\x80'::pg_catalog.bytea OPERATOR(pg_catalog.||) pg_catalog.sha256(CASE WHEN "v" IS DISTINCT FROM NULL THEN pg_catalog.convert_to(pg_catalog.concat("v"), 'UTF8') END) ELSE pg_catalog.substr(pg_catalog.array_send("v"), 21) END

-- inet in inet
CASE WHEN "v" IS DISTINCT FROM NULL THEN pg_catalog.convert_to(pg_catalog.concat("v"), 'UTF8') END

-- inet in text
CASE WHEN "v" IS DISTINCT FROM NULL THEN pg_catalog.convert_to(pg_catalog.concat("v"), 'UTF8') END

