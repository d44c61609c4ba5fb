-- boolean: canonical bytes
CASE v WHEN true THEN '\x01'::BLOB WHEN false THEN '\x00'::BLOB END

-- boolean: shown
v

-- boolean: as checks see it
v

-- boolean: invalid
none is

-- boolean: compared with boolean
v

-- boolean: compared with boolean, narrow
v

-- smallint: canonical bytes
(v::BIGINT)::BIT::BLOB

-- smallint: shown
v

-- smallint: as checks see it
v

-- smallint: invalid
none is

-- smallint: compared with smallint
v

-- smallint: compared with smallint, narrow
v

-- integer: canonical bytes
(v::BIGINT)::BIT::BLOB

-- integer: shown
v

-- integer: as checks see it
v

-- integer: invalid
none is

-- integer: compared with integer
v

-- integer: compared with integer, narrow
v

-- integer: compared with bigint
v::BIGINT

-- integer: compared with bigint, narrow
v::BIGINT

-- integer: compared with numeric(11,2)
(v::BIGINT)::BIT::BLOB

-- integer: compared with numeric(11,2), narrow
CASE WHEN octet_length((v::BIGINT)::BIT::BLOB) > 64 THEN ('#' || sha256((v::BIGINT)::BIT::BLOB))::BLOB ELSE (v::BIGINT)::BIT::BLOB END

-- bigint: canonical bytes
(v::BIGINT)::BIT::BLOB

-- bigint: shown
v

-- bigint: as checks see it
v

-- bigint: invalid
none is

-- bigint: compared with bigint
v

-- bigint: compared with bigint, narrow
v

-- real: canonical bytes
CASE WHEN isnan(v) THEN unhex('7FF8000000000000') ELSE (CASE WHEN isnan(v) THEN 'NaN'::DOUBLE ELSE v::DOUBLE + 0.0::DOUBLE END)::BIT::BLOB END

-- real: shown
v::VARCHAR

-- real: as checks see it
v

-- real: invalid
none is

-- real: compared with real
CASE WHEN isnan(v) THEN 'NaN'::DOUBLE ELSE v::DOUBLE + 0.0::DOUBLE END

-- real: compared with real, narrow
CASE WHEN isnan(v) THEN 'NaN'::DOUBLE ELSE v::DOUBLE + 0.0::DOUBLE END

-- real: compared with double precision
CASE WHEN isnan(v) THEN 'NaN'::DOUBLE ELSE v::DOUBLE + 0.0::DOUBLE END

-- real: compared with double precision, narrow
CASE WHEN isnan(v) THEN 'NaN'::DOUBLE ELSE v::DOUBLE + 0.0::DOUBLE END

-- double precision: canonical bytes
CASE WHEN isnan(v) THEN unhex('7FF8000000000000') ELSE (CASE WHEN isnan(v) THEN 'NaN'::DOUBLE ELSE v::DOUBLE + 0.0::DOUBLE END)::BIT::BLOB END

-- double precision: shown
v::VARCHAR

-- double precision: as checks see it
v

-- double precision: invalid
none is

-- double precision: compared with double precision
CASE WHEN isnan(v) THEN 'NaN'::DOUBLE ELSE v::DOUBLE + 0.0::DOUBLE END

-- double precision: compared with double precision, narrow
CASE WHEN isnan(v) THEN 'NaN'::DOUBLE ELSE v::DOUBLE + 0.0::DOUBLE END

-- numeric(11,2): canonical bytes
encode(rtrim(rtrim(v::VARCHAR, '0'), '.'))

-- numeric(11,2): shown
v::VARCHAR

-- numeric(11,2): as checks see it
v

-- numeric(11,2): invalid
none is

-- numeric(11,2): compared with numeric(11,2)
v

-- numeric(11,2): compared with numeric(11,2), narrow
v

-- numeric(11,2): compared with numeric(7,5)
encode(rtrim(rtrim(v::VARCHAR, '0'), '.'))

-- numeric(11,2): compared with numeric(7,5), narrow
CASE WHEN octet_length(encode(rtrim(rtrim(v::VARCHAR, '0'), '.'))) > 64 THEN ('#' || sha256(encode(rtrim(rtrim(v::VARCHAR, '0'), '.'))))::BLOB ELSE encode(rtrim(rtrim(v::VARCHAR, '0'), '.')) END

-- numeric(38,0): canonical bytes
encode(v::VARCHAR)

-- numeric(38,0): shown
v::VARCHAR

-- numeric(38,0): as checks see it
v

-- numeric(38,0): invalid
none is

-- numeric(38,0): compared with numeric(38,0)
v

-- numeric(38,0): compared with numeric(38,0), narrow
v

-- numeric(38,38): canonical bytes
encode(rtrim(rtrim(regexp_replace(v::VARCHAR, '^(-?)[.]', '\10.'), '0'), '.'))

-- numeric(38,38): shown
regexp_replace(v::VARCHAR, '^(-?)[.]', '\10.')

-- numeric(38,38): as checks see it
v

-- numeric(38,38): invalid
none is

-- numeric(38,38): compared with numeric(38,38)
v

-- numeric(38,38): compared with numeric(38,38), narrow
v

-- numeric(7,5): canonical bytes
encode(rtrim(rtrim(v::VARCHAR, '0'), '.'))

-- numeric(7,5): shown
v::VARCHAR

-- numeric(7,5): as checks see it
v

-- numeric(7,5): invalid
none is

-- numeric(7,5): compared with numeric(7,5)
v

-- numeric(7,5): compared with numeric(7,5), narrow
v

-- text: canonical bytes
encode(v::VARCHAR)

-- text: shown
v::VARCHAR

-- text: as checks see it
v

-- text: invalid
none is

-- text: compared with text
v

-- text: compared with text, narrow
CASE WHEN strlen(v) > 64 THEN ('#' || sha256(v))::VARCHAR ELSE v END

-- text: compared with character varying(70000)
v

-- text: compared with character varying(70000), narrow
CASE WHEN strlen(v) > 64 THEN ('#' || sha256(v))::VARCHAR ELSE v END

-- text: compared with mood
v::VARCHAR

-- text: compared with mood, narrow
CASE WHEN strlen(v::VARCHAR) > 64 THEN ('#' || sha256(v::VARCHAR))::VARCHAR ELSE v::VARCHAR END

-- character varying(70000): canonical bytes
encode(v::VARCHAR)

-- character varying(70000): shown
v::VARCHAR

-- character varying(70000): as checks see it
v

-- character varying(70000): invalid
none is

-- character varying(70000): compared with character varying(70000)
v

-- character varying(70000): compared with character varying(70000), narrow
CASE WHEN strlen(v) > 64 THEN ('#' || sha256(v))::VARCHAR ELSE v END

-- character(3): canonical bytes
encode(v::VARCHAR)

-- character(3): shown
v::VARCHAR

-- character(3): as checks see it
v

-- character(3): invalid
none is

-- character(3): compared with character(3)
v

-- character(3): compared with character(3), narrow
CASE WHEN strlen(v) > 64 THEN ('#' || sha256(v))::VARCHAR ELSE v END

-- bytea: canonical bytes
v

-- bytea: shown
'\x' || lower(hex(v))

-- bytea: as checks see it
v

-- bytea: invalid
none is

-- bytea: compared with bytea
v

-- bytea: compared with bytea, narrow
CASE WHEN octet_length(v) > 64 THEN ('#' || sha256(v))::BLOB ELSE v END

-- uuid: canonical bytes
unhex(replace(v::VARCHAR, '-', ''))

-- uuid: shown
v::VARCHAR

-- uuid: as checks see it
v

-- uuid: invalid
none is

-- uuid: compared with uuid
v

-- uuid: compared with uuid, narrow
v

-- jsonb: canonical bytes
encode(v::VARCHAR)

-- jsonb: shown
v::VARCHAR

-- jsonb: as checks see it
v

-- jsonb: invalid
NOT json_valid(v::VARCHAR)

-- jsonb: compared with jsonb
v::VARCHAR

-- jsonb: compared with jsonb, narrow
CASE WHEN strlen(v::VARCHAR) > 64 THEN ('#' || sha256(v::VARCHAR))::VARCHAR ELSE v::VARCHAR END

-- jsonb: compared with json
v::VARCHAR

-- jsonb: compared with json, narrow
CASE WHEN strlen(v::VARCHAR) > 64 THEN ('#' || sha256(v::VARCHAR))::VARCHAR ELSE v::VARCHAR END

-- json: canonical bytes
encode(v::VARCHAR)

-- json: shown
v::VARCHAR

-- json: as checks see it
v

-- json: invalid
NOT json_valid(regexp_replace(v::VARCHAR, '\\u[dD][89a-fA-F][0-9a-fA-F]{2}', '\\u0020', 'g'))

-- json: compared with json
v::VARCHAR

-- json: compared with json, narrow
CASE WHEN strlen(v::VARCHAR) > 64 THEN ('#' || sha256(v::VARCHAR))::VARCHAR ELSE v::VARCHAR END

-- date: canonical bytes
((v - DATE '1970-01-01')::BIGINT)::BIT::BLOB

-- date: shown
v::VARCHAR

-- date: as checks see it
v

-- date: invalid
none is

-- date: compared with date
v

-- date: compared with date, narrow
v

-- time without time zone: canonical bytes
(epoch_us(v))::BIT::BLOB

-- time without time zone: shown
v::VARCHAR

-- time without time zone: as checks see it
v

-- time without time zone: invalid
none is

-- time without time zone: compared with time without time zone
v

-- time without time zone: compared with time without time zone, narrow
v

-- timestamp without time zone: canonical bytes
(epoch_us(v))::BIT::BLOB

-- timestamp without time zone: shown
v::VARCHAR

-- timestamp without time zone: as checks see it
v

-- timestamp without time zone: invalid
none is

-- timestamp without time zone: compared with timestamp without time zone
v

-- timestamp without time zone: compared with timestamp without time zone, narrow
v

-- timestamp without time zone: compared with timestamp with time zone
epoch_us(v)

-- timestamp without time zone: compared with timestamp with time zone, narrow
epoch_us(v)

-- timestamp with time zone: canonical bytes
(epoch_us(v))::BIT::BLOB

-- timestamp with time zone: shown
v::VARCHAR

-- timestamp with time zone: as checks see it
v

-- timestamp with time zone: invalid
none is

-- timestamp with time zone: compared with timestamp with time zone
v

-- timestamp with time zone: compared with timestamp with time zone, narrow
v

-- interval: canonical bytes
(struct_extract(v, 'months')::INTEGER::BIT::BLOB || struct_extract(v, 'days')::INTEGER::BIT::BLOB || struct_extract(v, 'microseconds')::BIGINT::BIT::BLOB)

-- interval: shown
(to_months(struct_extract(v, 'months')) + to_days(struct_extract(v, 'days')) + to_microseconds(struct_extract(v, 'microseconds')))::VARCHAR

-- interval: as checks see it
to_months(v.months) + to_days(v.days) + to_microseconds(v.microseconds)

-- interval: invalid
none is

-- interval: compared with interval
v

-- interval: compared with interval, narrow
v

-- interval: compared with text
(struct_extract(v, 'months')::INTEGER::BIT::BLOB || struct_extract(v, 'days')::INTEGER::BIT::BLOB || struct_extract(v, 'microseconds')::BIGINT::BIT::BLOB)

-- interval: compared with text, narrow
CASE WHEN octet_length((struct_extract(v, 'months')::INTEGER::BIT::BLOB || struct_extract(v, 'days')::INTEGER::BIT::BLOB || struct_extract(v, 'microseconds')::BIGINT::BIT::BLOB)) > 64 THEN ('#' || sha256((struct_extract(v, 'months')::INTEGER::BIT::BLOB || struct_extract(v, 'days')::INTEGER::BIT::BLOB || struct_extract(v, 'microseconds')::BIGINT::BIT::BLOB)))::BLOB ELSE (struct_extract(v, 'months')::INTEGER::BIT::BLOB || struct_extract(v, 'days')::INTEGER::BIT::BLOB || struct_extract(v, 'microseconds')::BIGINT::BIT::BLOB) END

-- mood: canonical bytes
encode(v::VARCHAR)

-- mood: shown
v::VARCHAR

-- mood: as checks see it
v

-- mood: invalid
none is

-- mood: compared with mood
v

-- mood: compared with mood, narrow
CASE WHEN strlen(v) > 64 THEN ('#' || sha256(v))::VARCHAR ELSE v END

-- boolean[]: canonical bytes
unhex(array_to_string(list_transform(v, lambda e: CASE WHEN e IS NULL THEN 'FFFFFFFF' ELSE hex(octet_length(CASE e WHEN true THEN '\x01'::BLOB WHEN false THEN '\x00'::BLOB END)::INTEGER::BIT::BLOB) || hex(CASE e WHEN true THEN '\x01'::BLOB WHEN false THEN '\x00'::BLOB END) END), ''))

-- boolean[]: shown
list_transform(v, lambda e: e)::VARCHAR

-- boolean[]: as checks see it
v

-- boolean[]: invalid
none is

-- boolean[]: compared with boolean[]
v

-- boolean[]: compared with boolean[], narrow
v

-- smallint[]: canonical bytes
unhex(array_to_string(list_transform(v, lambda e: CASE WHEN e IS NULL THEN 'FFFFFFFF' ELSE hex(octet_length((e::BIGINT)::BIT::BLOB)::INTEGER::BIT::BLOB) || hex((e::BIGINT)::BIT::BLOB) END), ''))

-- smallint[]: shown
list_transform(v, lambda e: e)::VARCHAR

-- smallint[]: as checks see it
v

-- smallint[]: invalid
none is

-- smallint[]: compared with smallint[]
v

-- smallint[]: compared with smallint[], narrow
v

-- integer[]: canonical bytes
unhex(array_to_string(list_transform(v, lambda e: CASE WHEN e IS NULL THEN 'FFFFFFFF' ELSE hex(octet_length((e::BIGINT)::BIT::BLOB)::INTEGER::BIT::BLOB) || hex((e::BIGINT)::BIT::BLOB) END), ''))

-- integer[]: shown
list_transform(v, lambda e: e)::VARCHAR

-- integer[]: as checks see it
v

-- integer[]: invalid
none is

-- integer[]: compared with integer[]
v

-- integer[]: compared with integer[], narrow
v

-- integer[]: compared with bigint[]
list_transform(v, lambda e: e::BIGINT)

-- integer[]: compared with bigint[], narrow
list_transform(v, lambda e: e::BIGINT)

-- bigint[]: canonical bytes
unhex(array_to_string(list_transform(v, lambda e: CASE WHEN e IS NULL THEN 'FFFFFFFF' ELSE hex(octet_length((e::BIGINT)::BIT::BLOB)::INTEGER::BIT::BLOB) || hex((e::BIGINT)::BIT::BLOB) END), ''))

-- bigint[]: shown
list_transform(v, lambda e: e)::VARCHAR

-- bigint[]: as checks see it
v

-- bigint[]: invalid
none is

-- bigint[]: compared with bigint[]
v

-- bigint[]: compared with bigint[], narrow
v

-- real[]: canonical bytes
unhex(array_to_string(list_transform(v, lambda e: CASE WHEN e IS NULL THEN 'FFFFFFFF' ELSE hex(octet_length(CASE WHEN isnan(e) THEN unhex('7FF8000000000000') ELSE (CASE WHEN isnan(e) THEN 'NaN'::DOUBLE ELSE e::DOUBLE + 0.0::DOUBLE END)::BIT::BLOB END)::INTEGER::BIT::BLOB) || hex(CASE WHEN isnan(e) THEN unhex('7FF8000000000000') ELSE (CASE WHEN isnan(e) THEN 'NaN'::DOUBLE ELSE e::DOUBLE + 0.0::DOUBLE END)::BIT::BLOB END) END), ''))

-- real[]: shown
list_transform(v, lambda e: e::VARCHAR)::VARCHAR

-- real[]: as checks see it
v

-- real[]: invalid
none is

-- real[]: compared with real[]
list_transform(v, lambda e: CASE WHEN isnan(e) THEN 'NaN'::DOUBLE ELSE e::DOUBLE + 0.0::DOUBLE END)

-- real[]: compared with real[], narrow
list_transform(v, lambda e: CASE WHEN isnan(e) THEN 'NaN'::DOUBLE ELSE e::DOUBLE + 0.0::DOUBLE END)

-- double precision[]: canonical bytes
unhex(array_to_string(list_transform(v, lambda e: CASE WHEN e IS NULL THEN 'FFFFFFFF' ELSE hex(octet_length(CASE WHEN isnan(e) THEN unhex('7FF8000000000000') ELSE (CASE WHEN isnan(e) THEN 'NaN'::DOUBLE ELSE e::DOUBLE + 0.0::DOUBLE END)::BIT::BLOB END)::INTEGER::BIT::BLOB) || hex(CASE WHEN isnan(e) THEN unhex('7FF8000000000000') ELSE (CASE WHEN isnan(e) THEN 'NaN'::DOUBLE ELSE e::DOUBLE + 0.0::DOUBLE END)::BIT::BLOB END) END), ''))

-- double precision[]: shown
list_transform(v, lambda e: e::VARCHAR)::VARCHAR

-- double precision[]: as checks see it
v

-- double precision[]: invalid
none is

-- double precision[]: compared with double precision[]
list_transform(v, lambda e: CASE WHEN isnan(e) THEN 'NaN'::DOUBLE ELSE e::DOUBLE + 0.0::DOUBLE END)

-- double precision[]: compared with double precision[], narrow
list_transform(v, lambda e: CASE WHEN isnan(e) THEN 'NaN'::DOUBLE ELSE e::DOUBLE + 0.0::DOUBLE END)

-- numeric(11,2)[]: canonical bytes
unhex(array_to_string(list_transform(v, lambda e: CASE WHEN e IS NULL THEN 'FFFFFFFF' ELSE hex(octet_length(encode(rtrim(rtrim(e::VARCHAR, '0'), '.')))::INTEGER::BIT::BLOB) || hex(encode(rtrim(rtrim(e::VARCHAR, '0'), '.'))) END), ''))

-- numeric(11,2)[]: shown
list_transform(v, lambda e: e::VARCHAR)::VARCHAR

-- numeric(11,2)[]: as checks see it
v

-- numeric(11,2)[]: invalid
none is

-- numeric(11,2)[]: compared with numeric(11,2)[]
v

-- numeric(11,2)[]: compared with numeric(11,2)[], narrow
v

-- numeric(38,0)[]: canonical bytes
unhex(array_to_string(list_transform(v, lambda e: CASE WHEN e IS NULL THEN 'FFFFFFFF' ELSE hex(octet_length(encode(e::VARCHAR))::INTEGER::BIT::BLOB) || hex(encode(e::VARCHAR)) END), ''))

-- numeric(38,0)[]: shown
list_transform(v, lambda e: e::VARCHAR)::VARCHAR

-- numeric(38,0)[]: as checks see it
v

-- numeric(38,0)[]: invalid
none is

-- numeric(38,0)[]: compared with numeric(38,0)[]
v

-- numeric(38,0)[]: compared with numeric(38,0)[], narrow
v

-- numeric(38,38)[]: canonical bytes
unhex(array_to_string(list_transform(v, lambda e: CASE WHEN e IS NULL THEN 'FFFFFFFF' ELSE hex(octet_length(encode(rtrim(rtrim(regexp_replace(e::VARCHAR, '^(-?)[.]', '\10.'), '0'), '.')))::INTEGER::BIT::BLOB) || hex(encode(rtrim(rtrim(regexp_replace(e::VARCHAR, '^(-?)[.]', '\10.'), '0'), '.'))) END), ''))

-- numeric(38,38)[]: shown
list_transform(v, lambda e: regexp_replace(e::VARCHAR, '^(-?)[.]', '\10.'))::VARCHAR

-- numeric(38,38)[]: as checks see it
v

-- numeric(38,38)[]: invalid
none is

-- numeric(38,38)[]: compared with numeric(38,38)[]
v

-- numeric(38,38)[]: compared with numeric(38,38)[], narrow
v

-- numeric(7,5)[]: canonical bytes
unhex(array_to_string(list_transform(v, lambda e: CASE WHEN e IS NULL THEN 'FFFFFFFF' ELSE hex(octet_length(encode(rtrim(rtrim(e::VARCHAR, '0'), '.')))::INTEGER::BIT::BLOB) || hex(encode(rtrim(rtrim(e::VARCHAR, '0'), '.'))) END), ''))

-- numeric(7,5)[]: shown
list_transform(v, lambda e: e::VARCHAR)::VARCHAR

-- numeric(7,5)[]: as checks see it
v

-- numeric(7,5)[]: invalid
none is

-- numeric(7,5)[]: compared with numeric(7,5)[]
v

-- numeric(7,5)[]: compared with numeric(7,5)[], narrow
v

-- text[]: canonical bytes
unhex(array_to_string(list_transform(v, lambda e: CASE WHEN e IS NULL THEN 'FFFFFFFF' ELSE hex(octet_length(encode(e::VARCHAR))::INTEGER::BIT::BLOB) || hex(encode(e::VARCHAR)) END), ''))

-- text[]: shown
list_transform(v, lambda e: e::VARCHAR)::VARCHAR

-- text[]: as checks see it
v

-- text[]: invalid
none is

-- text[]: compared with text[]
v

-- text[]: compared with text[], narrow
v

-- character varying(70000)[]: canonical bytes
unhex(array_to_string(list_transform(v, lambda e: CASE WHEN e IS NULL THEN 'FFFFFFFF' ELSE hex(octet_length(encode(e::VARCHAR))::INTEGER::BIT::BLOB) || hex(encode(e::VARCHAR)) END), ''))

-- character varying(70000)[]: shown
list_transform(v, lambda e: e::VARCHAR)::VARCHAR

-- character varying(70000)[]: as checks see it
v

-- character varying(70000)[]: invalid
none is

-- character varying(70000)[]: compared with character varying(70000)[]
v

-- character varying(70000)[]: compared with character varying(70000)[], narrow
v

-- character(3)[]: canonical bytes
unhex(array_to_string(list_transform(v, lambda e: CASE WHEN e IS NULL THEN 'FFFFFFFF' ELSE hex(octet_length(encode(e::VARCHAR))::INTEGER::BIT::BLOB) || hex(encode(e::VARCHAR)) END), ''))

-- character(3)[]: shown
list_transform(v, lambda e: e::VARCHAR)::VARCHAR

-- character(3)[]: as checks see it
v

-- character(3)[]: invalid
none is

-- character(3)[]: compared with character(3)[]
v

-- character(3)[]: compared with character(3)[], narrow
v

-- bytea[]: canonical bytes
unhex(array_to_string(list_transform(v, lambda e: CASE WHEN e IS NULL THEN 'FFFFFFFF' ELSE hex(octet_length(e)::INTEGER::BIT::BLOB) || hex(e) END), ''))

-- bytea[]: shown
list_transform(v, lambda e: '\x' || lower(hex(e)))::VARCHAR

-- bytea[]: as checks see it
v

-- bytea[]: invalid
none is

-- bytea[]: compared with bytea[]
v

-- bytea[]: compared with bytea[], narrow
v

-- uuid[]: canonical bytes
unhex(array_to_string(list_transform(v, lambda e: CASE WHEN e IS NULL THEN 'FFFFFFFF' ELSE hex(octet_length(unhex(replace(e::VARCHAR, '-', '')))::INTEGER::BIT::BLOB) || hex(unhex(replace(e::VARCHAR, '-', ''))) END), ''))

-- uuid[]: shown
list_transform(v, lambda e: e::VARCHAR)::VARCHAR

-- uuid[]: as checks see it
v

-- uuid[]: invalid
none is

-- uuid[]: compared with uuid[]
v

-- uuid[]: compared with uuid[], narrow
v

-- jsonb[]: canonical bytes
unhex(array_to_string(list_transform(v, lambda e: CASE WHEN e IS NULL THEN 'FFFFFFFF' ELSE hex(octet_length(encode(e::VARCHAR))::INTEGER::BIT::BLOB) || hex(encode(e::VARCHAR)) END), ''))

-- jsonb[]: shown
list_transform(v, lambda e: e::VARCHAR)::VARCHAR

-- jsonb[]: as checks see it
v

-- jsonb[]: invalid
none is

-- jsonb[]: compared with jsonb[]
list_transform(v, lambda e: e::VARCHAR)

-- jsonb[]: compared with jsonb[], narrow
list_transform(v, lambda e: e::VARCHAR)

-- json[]: canonical bytes
unhex(array_to_string(list_transform(v, lambda e: CASE WHEN e IS NULL THEN 'FFFFFFFF' ELSE hex(octet_length(encode(e::VARCHAR))::INTEGER::BIT::BLOB) || hex(encode(e::VARCHAR)) END), ''))

-- json[]: shown
list_transform(v, lambda e: e::VARCHAR)::VARCHAR

-- json[]: as checks see it
v

-- json[]: invalid
none is

-- json[]: compared with json[]
list_transform(v, lambda e: e::VARCHAR)

-- json[]: compared with json[], narrow
list_transform(v, lambda e: e::VARCHAR)

-- date[]: canonical bytes
unhex(array_to_string(list_transform(v, lambda e: CASE WHEN e IS NULL THEN 'FFFFFFFF' ELSE hex(octet_length(((e - DATE '1970-01-01')::BIGINT)::BIT::BLOB)::INTEGER::BIT::BLOB) || hex(((e - DATE '1970-01-01')::BIGINT)::BIT::BLOB) END), ''))

-- date[]: shown
list_transform(v, lambda e: e::VARCHAR)::VARCHAR

-- date[]: as checks see it
v

-- date[]: invalid
none is

-- date[]: compared with date[]
v

-- date[]: compared with date[], narrow
v

-- time without time zone[]: canonical bytes
unhex(array_to_string(list_transform(v, lambda e: CASE WHEN e IS NULL THEN 'FFFFFFFF' ELSE hex(octet_length((epoch_us(e))::BIT::BLOB)::INTEGER::BIT::BLOB) || hex((epoch_us(e))::BIT::BLOB) END), ''))

-- time without time zone[]: shown
list_transform(v, lambda e: e::VARCHAR)::VARCHAR

-- time without time zone[]: as checks see it
v

-- time without time zone[]: invalid
none is

-- time without time zone[]: compared with time without time zone[]
v

-- time without time zone[]: compared with time without time zone[], narrow
v

-- timestamp without time zone[]: canonical bytes
unhex(array_to_string(list_transform(v, lambda e: CASE WHEN e IS NULL THEN 'FFFFFFFF' ELSE hex(octet_length((epoch_us(e))::BIT::BLOB)::INTEGER::BIT::BLOB) || hex((epoch_us(e))::BIT::BLOB) END), ''))

-- timestamp without time zone[]: shown
list_transform(v, lambda e: e::VARCHAR)::VARCHAR

-- timestamp without time zone[]: as checks see it
v

-- timestamp without time zone[]: invalid
none is

-- timestamp without time zone[]: compared with timestamp without time zone[]
v

-- timestamp without time zone[]: compared with timestamp without time zone[], narrow
v

-- timestamp with time zone[]: canonical bytes
unhex(array_to_string(list_transform(v, lambda e: CASE WHEN e IS NULL THEN 'FFFFFFFF' ELSE hex(octet_length((epoch_us(e))::BIT::BLOB)::INTEGER::BIT::BLOB) || hex((epoch_us(e))::BIT::BLOB) END), ''))

-- timestamp with time zone[]: shown
list_transform(v, lambda e: e::VARCHAR)::VARCHAR

-- timestamp with time zone[]: as checks see it
v

-- timestamp with time zone[]: invalid
none is

-- timestamp with time zone[]: compared with timestamp with time zone[]
v

-- timestamp with time zone[]: compared with timestamp with time zone[], narrow
v

-- interval[]: canonical bytes
unhex(array_to_string(list_transform(v, lambda e: CASE WHEN e IS NULL THEN 'FFFFFFFF' ELSE hex(octet_length((struct_extract(e, 'months')::INTEGER::BIT::BLOB || struct_extract(e, 'days')::INTEGER::BIT::BLOB || struct_extract(e, 'microseconds')::BIGINT::BIT::BLOB))::INTEGER::BIT::BLOB) || hex((struct_extract(e, 'months')::INTEGER::BIT::BLOB || struct_extract(e, 'days')::INTEGER::BIT::BLOB || struct_extract(e, 'microseconds')::BIGINT::BIT::BLOB)) END), ''))

-- interval[]: shown
list_transform(v, lambda e: (to_months(struct_extract(e, 'months')) + to_days(struct_extract(e, 'days')) + to_microseconds(struct_extract(e, 'microseconds')))::VARCHAR)::VARCHAR

-- interval[]: as checks see it
v

-- interval[]: invalid
none is

-- interval[]: compared with interval[]
v

-- interval[]: compared with interval[], narrow
v

-- mood[]: canonical bytes
unhex(array_to_string(list_transform(v, lambda e: CASE WHEN e IS NULL THEN 'FFFFFFFF' ELSE hex(octet_length(encode(e::VARCHAR))::INTEGER::BIT::BLOB) || hex(encode(e::VARCHAR)) END), ''))

-- mood[]: shown
list_transform(v, lambda e: e::VARCHAR)::VARCHAR

-- mood[]: as checks see it
v

-- mood[]: invalid
none is

-- mood[]: compared with mood[]
v

-- mood[]: compared with mood[], narrow
v

