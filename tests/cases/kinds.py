"""List the common Postgres types, each with values at its limits, as SQL.

`exact` are values that the type's own logical form can hold; `beyond` are values that only Postgres text can hold
(infinities, years outside Arrow's range). Types that are stored as text anyway have all values in `exact`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import psycopg


@dataclass(frozen=True, slots=True, kw_only=True)
class Kind:
    """A type as SQL spells it; `wants` names the extension or feature that a server needs for it."""

    type: str
    exact: tuple[str, ...]
    beyond: tuple[str, ...] = ()
    wants: str = ""
    sendable: bool = True  # whether COPY BINARY writes it: else its text is compared


def kind(type_: str, *exact: str, beyond: tuple[str, ...] = (), wants: str = "", sendable: bool = True) -> Kind:
    return Kind(type=type_, exact=exact, beyond=beyond, wants=wants, sendable=sendable)


HOSTILE = (
    "''",
    "' '",
    "E'\\\\'",
    "E'\\\\N'",
    "E'\\\\.'",
    "E'\\n\\\\.\\n'",
    "E'a\\tb\\nc\\rd\\\\n\\b\\f\\v'",
    """E'\\'"{},;NULL'""",
    "'NULL'",
    "'null'",
    "E'\\x01\\x1b\\x7f'",
    "'ünï😀\u2028\u202eعربي\u202c👩‍👩‍👧'",
    "'{\"(a,b)\"}'",
    "repeat('x', 70000)",
)
MOODS = ("sad", "ok", "it's", 'q"uo\\te', "a,b{}", " ", "NULL", "ünï😀")
MOODS_SQL = tuple("'" + label.replace("'", "''") + "'" for label in MOODS)

_JSONB = (
    "'{}'",
    "'[]'",
    "'null'",
    "'\"\"'",
    "'-0'",
    '\'{"b": 1, "aa": [1, 2.5, {"": null}], "a": {}}\'',
    """'["\\u0001\\t\\n\\\\ \\" / ünï😀\u2028", "\\ud83d\\ude00"]'""",
    "'1' || repeat('0', 400)",
    "'-0.' || repeat('0', 100) || '1'",
    "'123456789012345678901234567890.123456789012345678901234567891'",
    "'[' || repeat('[', 100) || repeat(']', 100) || ']'",
)

KINDS = (
    kind("boolean", "true", "false"),
    kind("smallint", "0", "-1", "32767", "-32768"),
    kind("integer", "0", "-1", "2147483647", "-2147483648"),
    kind("bigint", "0", "-1", "9223372036854775807", "-9223372036854775808"),
    kind(
        "real",
        *("0", "-0.0::float4", "1.5", "'inf'", "'-inf'", "'nan'", "3.4028235e38", "-3.4028235e38"),
        *("1.1754944e-38", "1e-45", "0.1"),
    ),
    kind(
        "double precision",
        *("0", "'-0'", "0.1", "'inf'", "'-inf'", "'nan'", "1.7976931348623157e308", "2.2250738585072014e-308"),
        *("5e-324", "-5e-324", "123456789.123456789"),
    ),
    kind(
        "numeric",
        *("0", "0.00", "1", "-1", "10000", "1.50", "'NaN'", "'Infinity'", "'-Infinity'", "1e-20", "1e100", "-1e-1000"),
        "repeat('9', 1000)::numeric",
        "(repeat('9', 50) || '.' || repeat('9', 50))::numeric",
    ),
    kind("numeric(11,2)", "0", "0.01", "-0.01", "9.99", "-123456.78", "100000000.10", beyond=("'NaN'",)),
    kind("numeric(38,0)", "repeat('9', 38)::numeric", "'-1'", "10000", "1e36", beyond=("'NaN'",)),
    kind("numeric(38,38)", "('0.' || repeat('9', 38))::numeric", "'-1e-38'", "0"),
    kind("numeric(7,5)", "0.00001", "99.99999", "-1.5", "0.1"),
    kind("numeric(4,0)", "9999", "-9999", "0"),
    kind("numeric(60,20)", "repeat('9', 40)::numeric", "'-1e-20'", "0", "'NaN'"),
    kind("numeric(3,-2)", "12345", "-99900", "0"),
    kind("numeric(2,5)", "0.00012", "-0.00099", "0"),
    kind("text", *HOSTILE),
    kind("character varying", *HOSTILE),
    kind("character varying(70000)", *HOSTILE),
    kind("character(3)", "'abc'", "''", "'ü'", "E'\\\\\\t\\n'"),
    kind("bpchar", "'abc'", "''", "'ü  '"),
    kind('"char"', "'a'", "''", "E'\\\\'", "E'\\t'", "'\\351'"),
    kind("name", "'abc'", "''", "repeat('x', 63)", "'a b\"c'"),
    kind("bytea", "''", "'\\x00'", "'\\x5c5c'", "decode(repeat('00ff5c0a', 1000), 'hex')"),
    kind("uuid", "repeat('0', 32)::uuid", "repeat('f', 32)::uuid", "'a0b1c2d3-e4f5-0617-2839-4a5b6c7d8e9f'"),
    kind("jsonb", *_JSONB, beyond=("'1.00'", "'{\"a\": [1.10]}'")),
    kind("json", "'{}'", 'E\' { "a" : 1.0,\\t"a":2 }\'', "E'[\\n]'", "'\"\\u0000\\ud800\"'", "'1e1000'"),
    kind("xml", "'<a/>'", "'<a b=\"c\">x &amp; y</a><b/>'", "E'te\\txt'", "''", wants="xml"),
    kind(
        "date",
        *("'1970-01-01'", "'2000-01-01'", "'1969-12-31'", "'0001-01-01'", "'0001-12-31 BC'", "'4713-01-01 BC'"),
        *("'9999-12-31'", "'10000-01-01'", "'294276-12-31'", "'5874897-12-31'", "'2024-02-29'"),
        beyond=("'infinity'", "'-infinity'"),
    ),
    kind("time", "'00:00'", "'23:59:59.999999'", "'00:00:00.000001'", "'12:34:56'", "'24:00'"),
    kind("time(3)", "'00:00'", "'23:59:59.999'", "'24:00'"),
    kind("timetz", "'00:00+00'", "'23:59:59.999999-15:59:59'", "'24:00+15:59'", "'12:00:00.5+05:30'"),
    kind("timetz(0)", "'00:00+00'", "'23:59:59-15:59:59'"),
    *(
        kind(
            name,
            *("'epoch'", "'1969-12-31 23:59:59.999999'", "'2000-01-01'", "'4713-01-01 00:00 BC'", "'0001-01-01'"),
            *("'0001-12-31 23:59:59.999999 BC'", "'9999-12-31 23:59:59.999999'", "'10000-01-01'"),
            *("'294246-12-31 23:59:59.999999'", "'2024-02-29 12:34:56.789012'"),
            beyond=("'infinity'", "'-infinity'", "'294276-12-31 23:59:59.999999'"),
        )
        for name in ("timestamp", "timestamptz")
    ),
    *(
        kind(name, "'epoch'", "'294276-12-31 23:59:59.999'", "'infinity'")
        for name in ("timestamp(3)", "timestamptz(3)")
    ),
    kind("timestamptz(6)", "'epoch'", "'294276-12-31 23:59:59.999999'"),
    kind(
        "interval",
        *("'0'", "'1 day'", "'24:00'", "'-1 year +2 mons -3 days +04:05:06.789'", "'00:00:00.000001'"),
        *("'178000000 years'", "'-178000000 years'", "'2147483647 days'", "'-2147483648 days'"),
        *("make_interval() + '9223372036854775807 microseconds'", "'-1 mon'", "'-00:00:01.5'"),
        "make_interval() + '-9223372036854775807 microseconds'",
    ),
    kind("interval(0)", "'1 day 01:02:03'", "'-1 s'"),
    kind("interval day to second(3)", "'1 day 01:02:03.456'", "'-1 s'"),
    kind("inet", "'10.0.0.1'", "'10.0.0.1/8'", "'0.0.0.0/0'", "'::1'", "'fe80::1/64'", "'::ffff:1.2.3.4'"),
    kind("cidr", "'10.0.0.0/8'", "'0.0.0.0/0'", "'::/0'", "'2001:db8::/32'"),
    kind("macaddr", "'08:00:2b:01:02:03'", "'ff:ff:ff:ff:ff:ff'"),
    kind("macaddr8", "'08:00:2b:01:02:03:04:05'"),
    kind("bit(3)", "B'000'", "B'101'"),
    kind("bit(17)", "B'10000000000000001'"),
    kind("bit varying", "B''", "B'1'", "repeat('10', 500)::varbit"),
    kind("bit varying(9)", "B''", "B'101010101'"),
    kind("money", "'0'", "'-1.23'", "'92233720368547758.07'", "'-92233720368547758.08'"),
    kind("point", "'(0,0)'", "'(-1.5,1e300)'", "'(inf,nan)'"),
    kind("line", "'{1,-1,0.1}'"),
    kind("lseg", "'[(0,0),(1,-1)]'"),
    kind("box", "'((1,1),(0,0))'"),
    kind("path", "'((0,0),(1,1),(2,0))'", "'[(0,0),(1,1)]'"),
    kind("polygon", "'((0,0),(1,1),(2,0))'"),
    kind("circle", "'<(0,0),1.5>'"),
    kind("tsvector", "''", "$$'a\\\\b' 'it''s':1A,2B 'c':3$$", "to_tsvector('simple', 'The fat cats')"),
    kind("tsquery", "''", "'fat & (rat | !cat)'", "'super:*AB <-> nova'", "$$'it''s'$$"),
    kind("int4range", "'empty'", "'[1,5)'", "'(,)'", "'[1,)'", "'(,5]'"),
    kind("int8range", "'[1,9223372036854775806]'"),
    kind("numrange", "'[1.10,2.200)'", "'(,NaN)'"),
    kind("daterange", "'[2020-01-01,infinity)'", "'empty'", "'[0044-03-15 BC,)'"),
    kind("tsrange", "'[2020-01-01 00:00,2020-01-02 12:34:56.789012)'"),
    kind("tstzrange", "'[2020-01-01 00:00+00,)'", "'(-infinity,infinity)'"),
    kind("int4multirange", "'{}'", "'{[1,3),[5,9)}'", "'{(,)}'"),
    kind("nummultirange", "'{[1.10,2.2),[3,)}'"),
    kind("datemultirange", "'{[2020-01-01,2020-02-01)}'"),
    kind("tsmultirange", "'{[2020-01-01,2020-02-01)}'"),
    kind("tstzmultirange", "'{[2020-01-01 00:00+00,2020-02-01 00:00+00)}'"),
    kind("pg_lsn", "'0/0'", "'FFFFFFFF/FFFFFFFF'"),
    kind("oid", "0", "4294967295"),
    kind("xid8", "'0'", "'18446744073709551615'"),
    kind("tid", "'(0,1)'", "'(4294967295,65535)'"),
    kind("regclass", "'pg_class'", '\'"public"."Odd name"\'', "0"),
    kind("regtype", "'integer'", "'timestamptz'", "'mood'"),
    kind("regproc", "'pg_backend_pid'"),
    kind("regrole", "'postgres'"),
    kind("regnamespace", "'public'"),
    kind("jsonpath", "'$.a[*] ? (@ > 1)'"),
    kind("pg_snapshot", "'10:20:10,14,15'"),
    kind("aclitem", "makeaclitem('postgres'::regrole, 'postgres'::regrole, 'SELECT', true)", sendable=False),
    kind("mood", *MOODS_SQL),
    kind("hstore", "''", "'a=>1'", """E'"a\\\\\\\\b"=>NULL, ""=>"it\\'s \\\\"x\\\\""'""", wants="hstore"),
    kind("citext", *HOSTILE, wants="citext"),
    kind("ltree", "''", "'Top.Science.Astronomy'", wants="ltree"),
    kind("vector", "'[1,2.5,-3]'", "'[0]'", wants="vector"),
    kind("vector(3)", "'[1,2.5,-3]'", "'[1e-40,0,3.4e38]'", wants="vector"),
)
# The versions that support these types.
FROM_17 = (kind("interval", "'1 day'", beyond=("'infinity'", "'-infinity'")),)


def has(connection: psycopg.Connection[Any], feature: str) -> bool:
    """Return whether the server has an extension, or was built with XML."""
    query = "SELECT FROM pg_available_extensions WHERE name = %s"
    if feature == "xml":
        query = "SELECT WHERE %s::text IS NOT NULL AND xml_is_well_formed('<a/>')"
    try:
        return connection.execute(query.encode(), [feature]).rowcount > 0
    except psycopg.errors.FeatureNotSupported:
        return False
