-- boolean: read
"t"."v"

-- boolean: sorted
"t"."v"

-- boolean: sorted where texts are not UTF-8
"t"."v"

-- boolean: unfit
no value is

-- smallint: read
"t"."v"

-- smallint: sorted
"t"."v"

-- smallint: sorted where texts are not UTF-8
"t"."v"

-- smallint: unfit
no value is

-- integer: read
"t"."v"

-- integer: sorted
"t"."v"

-- integer: sorted where texts are not UTF-8
"t"."v"

-- integer: unfit
no value is

-- bigint: read
"t"."v"

-- bigint: sorted
"t"."v"

-- bigint: sorted where texts are not UTF-8
"t"."v"

-- bigint: unfit
no value is

-- real: read
"t"."v"

-- real: sorted
"t"."v"

-- real: sorted where texts are not UTF-8
"t"."v"

-- real: unfit
no value is

-- double precision: read
"t"."v"

-- double precision: sorted
"t"."v"

-- double precision: sorted where texts are not UTF-8
"t"."v"

-- double precision: unfit
no value is

-- numeric(11,2): read
"t"."v"::pg_catalog.text

-- numeric(11,2): sorted
"t"."v"

-- numeric(11,2): sorted where texts are not UTF-8
"t"."v"

-- numeric(11,2): unfit
"t"."v" OPERATOR(pg_catalog.=) 'NaN'

-- numeric(38,0): read
"t"."v"::pg_catalog.text

-- numeric(38,0): sorted
"t"."v"

-- numeric(38,0): sorted where texts are not UTF-8
"t"."v"

-- numeric(38,0): unfit
"t"."v" OPERATOR(pg_catalog.=) 'NaN'

-- numeric(38,38): read
"t"."v"::pg_catalog.text

-- numeric(38,38): sorted
"t"."v"

-- numeric(38,38): sorted where texts are not UTF-8
"t"."v"

-- numeric(38,38): unfit
"t"."v" OPERATOR(pg_catalog.=) 'NaN'

-- numeric(7,5): read
"t"."v"::pg_catalog.text

-- numeric(7,5): sorted
"t"."v"

-- numeric(7,5): sorted where texts are not UTF-8
"t"."v"

-- numeric(7,5): unfit
"t"."v" OPERATOR(pg_catalog.=) 'NaN'

-- text: read
"t"."v"

-- text: sorted
"t"."v" COLLATE "C"

-- text: sorted where texts are not UTF-8
pg_catalog.convert_to("t"."v"::pg_catalog.text, 'UTF8')

-- text: unfit
no value is

-- character varying(70000): read
"t"."v"

-- character varying(70000): sorted
"t"."v" COLLATE "C"

-- character varying(70000): sorted where texts are not UTF-8
pg_catalog.convert_to("t"."v"::pg_catalog.text, 'UTF8')

-- character varying(70000): unfit
no value is

-- character(3): read
"t"."v"

-- character(3): sorted
"t"."v" COLLATE "C"

-- character(3): sorted where texts are not UTF-8
pg_catalog.convert_to("t"."v"::pg_catalog.text, 'UTF8')

-- character(3): unfit
no value is

-- bytea: read
"t"."v"

-- bytea: sorted
"t"."v"

-- bytea: sorted where texts are not UTF-8
"t"."v"

-- bytea: unfit
no value is

-- uuid: read
"t"."v"

-- uuid: sorted
"t"."v"

-- uuid: sorted where texts are not UTF-8
"t"."v"

-- uuid: unfit
no value is

-- jsonb: read
"t"."v"

-- jsonb: sorted
"t"."v"::pg_catalog.text COLLATE "C"

-- jsonb: sorted where texts are not UTF-8
pg_catalog.convert_to("t"."v"::pg_catalog.text::pg_catalog.text, 'UTF8')

-- jsonb: unfit
no value is

-- json: read
"t"."v"

-- json: sorted
"t"."v"::pg_catalog.text COLLATE "C"

-- json: sorted where texts are not UTF-8
pg_catalog.convert_to("t"."v"::pg_catalog.text::pg_catalog.text, 'UTF8')

-- json: unfit
no value is

-- date: read
"t"."v"

-- date: sorted
"t"."v"

-- date: sorted where texts are not UTF-8
"t"."v"

-- date: unfit
"t"."v" OPERATOR(pg_catalog.<) '0001-01-01' OR "t"."v" OPERATOR(pg_catalog.=) 'infinity'

-- time without time zone: read
"t"."v"

-- time without time zone: sorted
"t"."v"

-- time without time zone: sorted where texts are not UTF-8
"t"."v"

-- time without time zone: unfit
no value is

-- timestamp without time zone: read
"t"."v"

-- timestamp without time zone: sorted
"t"."v"

-- timestamp without time zone: sorted where texts are not UTF-8
"t"."v"

-- timestamp without time zone: unfit
"t"."v" OPERATOR(pg_catalog.<) '0001-01-01' OR "t"."v" OPERATOR(pg_catalog.>=) '294247-01-01'

-- timestamp with time zone: read
"t"."v"

-- timestamp with time zone: sorted
"t"."v"

-- timestamp with time zone: sorted where texts are not UTF-8
"t"."v"

-- timestamp with time zone: unfit
"t"."v" OPERATOR(pg_catalog.<) '0001-01-01' OR "t"."v" OPERATOR(pg_catalog.>=) '294247-01-01'

-- interval: read
pg_catalog.interval_send("t"."v")

-- interval: sorted
pg_catalog.interval_send("t"."v")

-- interval: sorted where texts are not UTF-8
pg_catalog.interval_send("t"."v")

-- interval: unfit
NOT pg_catalog.isfinite("t"."v")

-- mood: read
"t"."v"::pg_catalog.text

-- mood: sorted
"t"."v"::pg_catalog.text COLLATE "C"

-- mood: sorted where texts are not UTF-8
pg_catalog.convert_to("t"."v"::pg_catalog.text::pg_catalog.text, 'UTF8')

-- mood: unfit
no value is

-- boolean[]: read
"t"."v"

-- boolean[]: sorted
"t"."v"::pg_catalog.text COLLATE "C"

-- boolean[]: sorted where texts are not UTF-8
pg_catalog.convert_to("t"."v"::pg_catalog.text::pg_catalog.text, 'UTF8')

-- boolean[]: unfit
pg_catalog.array_ndims("t"."v") OPERATOR(pg_catalog.>) 1 OR pg_catalog.array_lower("t"."v", 1) OPERATOR(pg_catalog.<>) 1

-- smallint[]: read
"t"."v"

-- smallint[]: sorted
"t"."v"::pg_catalog.text COLLATE "C"

-- smallint[]: sorted where texts are not UTF-8
pg_catalog.convert_to("t"."v"::pg_catalog.text::pg_catalog.text, 'UTF8')

-- smallint[]: unfit
pg_catalog.array_ndims("t"."v") OPERATOR(pg_catalog.>) 1 OR pg_catalog.array_lower("t"."v", 1) OPERATOR(pg_catalog.<>) 1

-- integer[]: read
"t"."v"

-- integer[]: sorted
"t"."v"::pg_catalog.text COLLATE "C"

-- integer[]: sorted where texts are not UTF-8
pg_catalog.convert_to("t"."v"::pg_catalog.text::pg_catalog.text, 'UTF8')

-- integer[]: unfit
pg_catalog.array_ndims("t"."v") OPERATOR(pg_catalog.>) 1 OR pg_catalog.array_lower("t"."v", 1) OPERATOR(pg_catalog.<>) 1

-- bigint[]: read
"t"."v"

-- bigint[]: sorted
"t"."v"::pg_catalog.text COLLATE "C"

-- bigint[]: sorted where texts are not UTF-8
pg_catalog.convert_to("t"."v"::pg_catalog.text::pg_catalog.text, 'UTF8')

-- bigint[]: unfit
pg_catalog.array_ndims("t"."v") OPERATOR(pg_catalog.>) 1 OR pg_catalog.array_lower("t"."v", 1) OPERATOR(pg_catalog.<>) 1

-- real[]: read
"t"."v"

-- real[]: sorted
"t"."v"::pg_catalog.text COLLATE "C"

-- real[]: sorted where texts are not UTF-8
pg_catalog.convert_to("t"."v"::pg_catalog.text::pg_catalog.text, 'UTF8')

-- real[]: unfit
pg_catalog.array_ndims("t"."v") OPERATOR(pg_catalog.>) 1 OR pg_catalog.array_lower("t"."v", 1) OPERATOR(pg_catalog.<>) 1

-- double precision[]: read
"t"."v"

-- double precision[]: sorted
"t"."v"::pg_catalog.text COLLATE "C"

-- double precision[]: sorted where texts are not UTF-8
pg_catalog.convert_to("t"."v"::pg_catalog.text::pg_catalog.text, 'UTF8')

-- double precision[]: unfit
pg_catalog.array_ndims("t"."v") OPERATOR(pg_catalog.>) 1 OR pg_catalog.array_lower("t"."v", 1) OPERATOR(pg_catalog.<>) 1

-- numeric(11,2)[]: read
"t"."v"::pg_catalog.text[]

-- numeric(11,2)[]: sorted
"t"."v"::pg_catalog.text COLLATE "C"

-- numeric(11,2)[]: sorted where texts are not UTF-8
pg_catalog.convert_to("t"."v"::pg_catalog.text::pg_catalog.text, 'UTF8')

-- numeric(11,2)[]: unfit
pg_catalog.array_ndims("t"."v") OPERATOR(pg_catalog.>) 1 OR pg_catalog.array_lower("t"."v", 1) OPERATOR(pg_catalog.<>) 1 OR EXISTS (SELECT FROM pg_catalog.unnest("t"."v") AS u (e) WHERE "e" OPERATOR(pg_catalog.=) 'NaN')

-- numeric(38,0)[]: read
"t"."v"::pg_catalog.text[]

-- numeric(38,0)[]: sorted
"t"."v"::pg_catalog.text COLLATE "C"

-- numeric(38,0)[]: sorted where texts are not UTF-8
pg_catalog.convert_to("t"."v"::pg_catalog.text::pg_catalog.text, 'UTF8')

-- numeric(38,0)[]: unfit
pg_catalog.array_ndims("t"."v") OPERATOR(pg_catalog.>) 1 OR pg_catalog.array_lower("t"."v", 1) OPERATOR(pg_catalog.<>) 1 OR EXISTS (SELECT FROM pg_catalog.unnest("t"."v") AS u (e) WHERE "e" OPERATOR(pg_catalog.=) 'NaN')

-- numeric(38,38)[]: read
"t"."v"::pg_catalog.text[]

-- numeric(38,38)[]: sorted
"t"."v"::pg_catalog.text COLLATE "C"

-- numeric(38,38)[]: sorted where texts are not UTF-8
pg_catalog.convert_to("t"."v"::pg_catalog.text::pg_catalog.text, 'UTF8')

-- numeric(38,38)[]: unfit
pg_catalog.array_ndims("t"."v") OPERATOR(pg_catalog.>) 1 OR pg_catalog.array_lower("t"."v", 1) OPERATOR(pg_catalog.<>) 1 OR EXISTS (SELECT FROM pg_catalog.unnest("t"."v") AS u (e) WHERE "e" OPERATOR(pg_catalog.=) 'NaN')

-- numeric(7,5)[]: read
"t"."v"::pg_catalog.text[]

-- numeric(7,5)[]: sorted
"t"."v"::pg_catalog.text COLLATE "C"

-- numeric(7,5)[]: sorted where texts are not UTF-8
pg_catalog.convert_to("t"."v"::pg_catalog.text::pg_catalog.text, 'UTF8')

-- numeric(7,5)[]: unfit
pg_catalog.array_ndims("t"."v") OPERATOR(pg_catalog.>) 1 OR pg_catalog.array_lower("t"."v", 1) OPERATOR(pg_catalog.<>) 1 OR EXISTS (SELECT FROM pg_catalog.unnest("t"."v") AS u (e) WHERE "e" OPERATOR(pg_catalog.=) 'NaN')

-- text[]: read
"t"."v"

-- text[]: sorted
"t"."v"::pg_catalog.text COLLATE "C"

-- text[]: sorted where texts are not UTF-8
pg_catalog.convert_to("t"."v"::pg_catalog.text::pg_catalog.text, 'UTF8')

-- text[]: unfit
pg_catalog.array_ndims("t"."v") OPERATOR(pg_catalog.>) 1 OR pg_catalog.array_lower("t"."v", 1) OPERATOR(pg_catalog.<>) 1

-- character varying(70000)[]: read
"t"."v"

-- character varying(70000)[]: sorted
"t"."v"::pg_catalog.text COLLATE "C"

-- character varying(70000)[]: sorted where texts are not UTF-8
pg_catalog.convert_to("t"."v"::pg_catalog.text::pg_catalog.text, 'UTF8')

-- character varying(70000)[]: unfit
pg_catalog.array_ndims("t"."v") OPERATOR(pg_catalog.>) 1 OR pg_catalog.array_lower("t"."v", 1) OPERATOR(pg_catalog.<>) 1

-- character(3)[]: read
"t"."v"

-- character(3)[]: sorted
"t"."v"::pg_catalog.text COLLATE "C"

-- character(3)[]: sorted where texts are not UTF-8
pg_catalog.convert_to("t"."v"::pg_catalog.text::pg_catalog.text, 'UTF8')

-- character(3)[]: unfit
pg_catalog.array_ndims("t"."v") OPERATOR(pg_catalog.>) 1 OR pg_catalog.array_lower("t"."v", 1) OPERATOR(pg_catalog.<>) 1

-- bytea[]: read
"t"."v"

-- bytea[]: sorted
"t"."v"::pg_catalog.text COLLATE "C"

-- bytea[]: sorted where texts are not UTF-8
pg_catalog.convert_to("t"."v"::pg_catalog.text::pg_catalog.text, 'UTF8')

-- bytea[]: unfit
pg_catalog.array_ndims("t"."v") OPERATOR(pg_catalog.>) 1 OR pg_catalog.array_lower("t"."v", 1) OPERATOR(pg_catalog.<>) 1

-- uuid[]: read
"t"."v"

-- uuid[]: sorted
"t"."v"::pg_catalog.text COLLATE "C"

-- uuid[]: sorted where texts are not UTF-8
pg_catalog.convert_to("t"."v"::pg_catalog.text::pg_catalog.text, 'UTF8')

-- uuid[]: unfit
pg_catalog.array_ndims("t"."v") OPERATOR(pg_catalog.>) 1 OR pg_catalog.array_lower("t"."v", 1) OPERATOR(pg_catalog.<>) 1

-- jsonb[]: read
"t"."v"

-- jsonb[]: sorted
"t"."v"::pg_catalog.text COLLATE "C"

-- jsonb[]: sorted where texts are not UTF-8
pg_catalog.convert_to("t"."v"::pg_catalog.text::pg_catalog.text, 'UTF8')

-- jsonb[]: unfit
pg_catalog.array_ndims("t"."v") OPERATOR(pg_catalog.>) 1 OR pg_catalog.array_lower("t"."v", 1) OPERATOR(pg_catalog.<>) 1

-- json[]: read
"t"."v"

-- json[]: sorted
"t"."v"::pg_catalog.text COLLATE "C"

-- json[]: sorted where texts are not UTF-8
pg_catalog.convert_to("t"."v"::pg_catalog.text::pg_catalog.text, 'UTF8')

-- json[]: unfit
pg_catalog.array_ndims("t"."v") OPERATOR(pg_catalog.>) 1 OR pg_catalog.array_lower("t"."v", 1) OPERATOR(pg_catalog.<>) 1

-- date[]: read
"t"."v"

-- date[]: sorted
"t"."v"::pg_catalog.text COLLATE "C"

-- date[]: sorted where texts are not UTF-8
pg_catalog.convert_to("t"."v"::pg_catalog.text::pg_catalog.text, 'UTF8')

-- date[]: unfit
pg_catalog.array_ndims("t"."v") OPERATOR(pg_catalog.>) 1 OR pg_catalog.array_lower("t"."v", 1) OPERATOR(pg_catalog.<>) 1 OR EXISTS (SELECT FROM pg_catalog.unnest("t"."v") AS u (e) WHERE "e" OPERATOR(pg_catalog.<) '0001-01-01' OR "e" OPERATOR(pg_catalog.=) 'infinity')

-- time without time zone[]: read
"t"."v"

-- time without time zone[]: sorted
"t"."v"::pg_catalog.text COLLATE "C"

-- time without time zone[]: sorted where texts are not UTF-8
pg_catalog.convert_to("t"."v"::pg_catalog.text::pg_catalog.text, 'UTF8')

-- time without time zone[]: unfit
pg_catalog.array_ndims("t"."v") OPERATOR(pg_catalog.>) 1 OR pg_catalog.array_lower("t"."v", 1) OPERATOR(pg_catalog.<>) 1

-- timestamp without time zone[]: read
"t"."v"

-- timestamp without time zone[]: sorted
"t"."v"::pg_catalog.text COLLATE "C"

-- timestamp without time zone[]: sorted where texts are not UTF-8
pg_catalog.convert_to("t"."v"::pg_catalog.text::pg_catalog.text, 'UTF8')

-- timestamp without time zone[]: unfit
pg_catalog.array_ndims("t"."v") OPERATOR(pg_catalog.>) 1 OR pg_catalog.array_lower("t"."v", 1) OPERATOR(pg_catalog.<>) 1 OR EXISTS (SELECT FROM pg_catalog.unnest("t"."v") AS u (e) WHERE "e" OPERATOR(pg_catalog.<) '0001-01-01' OR "e" OPERATOR(pg_catalog.>=) '294247-01-01')

-- timestamp with time zone[]: read
"t"."v"

-- timestamp with time zone[]: sorted
"t"."v"::pg_catalog.text COLLATE "C"

-- timestamp with time zone[]: sorted where texts are not UTF-8
pg_catalog.convert_to("t"."v"::pg_catalog.text::pg_catalog.text, 'UTF8')

-- timestamp with time zone[]: unfit
pg_catalog.array_ndims("t"."v") OPERATOR(pg_catalog.>) 1 OR pg_catalog.array_lower("t"."v", 1) OPERATOR(pg_catalog.<>) 1 OR EXISTS (SELECT FROM pg_catalog.unnest("t"."v") AS u (e) WHERE "e" OPERATOR(pg_catalog.<) '0001-01-01' OR "e" OPERATOR(pg_catalog.>=) '294247-01-01')

-- interval[]: read
CASE WHEN "t"."v" IS NOT NULL THEN ARRAY(SELECT pg_catalog.interval_send(e) FROM pg_catalog.unnest("t"."v") WITH ORDINALITY AS u (e, o) ORDER BY o) END

-- interval[]: sorted
"t"."v"::pg_catalog.text COLLATE "C"

-- interval[]: sorted where texts are not UTF-8
pg_catalog.convert_to("t"."v"::pg_catalog.text::pg_catalog.text, 'UTF8')

-- interval[]: unfit
pg_catalog.array_ndims("t"."v") OPERATOR(pg_catalog.>) 1 OR pg_catalog.array_lower("t"."v", 1) OPERATOR(pg_catalog.<>) 1 OR EXISTS (SELECT FROM pg_catalog.unnest("t"."v") AS u (e) WHERE NOT pg_catalog.isfinite("e"))

-- mood[]: read
"t"."v"::pg_catalog.text[]

-- mood[]: sorted
"t"."v"::pg_catalog.text COLLATE "C"

-- mood[]: sorted where texts are not UTF-8
pg_catalog.convert_to("t"."v"::pg_catalog.text::pg_catalog.text, 'UTF8')

-- mood[]: unfit
pg_catalog.array_ndims("t"."v") OPERATOR(pg_catalog.>) 1 OR pg_catalog.array_lower("t"."v", 1) OPERATOR(pg_catalog.<>) 1

-- inet: read
CASE WHEN "t"."v" IS DISTINCT FROM NULL THEN pg_catalog.concat("t"."v") END

-- inet: sorted
"t"."v"::pg_catalog.text COLLATE "C"

-- inet: sorted where texts are not UTF-8
pg_catalog.convert_to("t"."v"::pg_catalog.text::pg_catalog.text, 'UTF8')

-- inet: unfit
no value is

