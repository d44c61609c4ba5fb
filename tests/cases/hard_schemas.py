"""Define databases that are hard to copy, as SQL by name. `SINCE` says which server versions support them."""

from __future__ import annotations

import psycopg
import pytest

from tests.postgres import execute

_NAMES = (
    "select",
    "a.b",
    'say "hi"',
    "Ünï çødé",
    "x" * 63,
    "%s {0} $1",
    "back\\slash",
    "semi;--colon",
    "new\nline",
    "t",
    "r",
)


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'


def _hostile() -> str:
    parts = [f"CREATE SCHEMA {_quoted('Odd.Schema')};"]
    for i, name in enumerate(_NAMES):
        schema = _quoted("Odd.Schema") if i % 2 else "public"
        columns = ", ".join(f"{_quoted(column)} text" for column in _NAMES[1:])
        parts.append(
            f"CREATE TABLE {schema}.{_quoted(name)} ({_quoted('select')} int PRIMARY KEY, {columns});"
            f"INSERT INTO {schema}.{_quoted(name)} SELECT i, 'a' || i FROM generate_series(1, 3) i;"
        )
    parts.append(
        f"CREATE TYPE {_quoted('Odd.Schema')}.{_quoted('Mo.od')} AS ENUM ('it''s', 'a,b', '\"', E'\\\\', '');"
        f"CREATE TABLE moods (id int PRIMARY KEY, m {_quoted('Odd.Schema')}.{_quoted('Mo.od')},"
        f" ms {_quoted('Odd.Schema')}.{_quoted('Mo.od')}[]);"
        "INSERT INTO moods VALUES (2, NULL, NULL), (1, 'it''s',"
        " ARRAY['a,b', '\"', E'\\\\', '', NULL]::\"Odd.Schema\".\"Mo.od\"[]);"
    )
    return "".join(parts)


HARD: dict[str, str] = {
    "types": r"""
        CREATE TABLE types (
            id int PRIMARY KEY, b boolean, i2 smallint, i8 bigint, f4 real, f8 double precision, n numeric(12,3),
            big numeric(38,38), free numeric,
            wide numeric(50,10), shift numeric(5,-2), s text, v varchar(10),
            c char(5), one "char", nm name, by bytea, u uuid, jb jsonb, js json, d date, t time, tz timetz,
            ts timestamp,
            tstz timestamptz, iv interval, ivp interval day to second(3), m money, ip inet, net cidr, mac macaddr,
            bt bit(5), vb bit varying, tv tsvector, tq tsquery, p point, r int4range, rm tstzmultirange,
            o oid, cls regclass, lsn pg_lsn, jp jsonpath
        );
        INSERT INTO types VALUES (1, true, -32768, 9223372036854775807, 'NaN', '-Infinity', 123456789.120, 0.1,
            1.10, 1e39, 12300, E'tab\t\\ \n \'"', 'žluťoučký', 'ab', 'q', 'name', '\x00ff', gen_random_uuid(),
            '{"b": 1.00, "aa": [1e3, -0.0, "1.50 \" 2.0"], "a": null}', '{"b": 1.00,  "b": 2}', '2020-02-29', '24:00',
            '01:02:03.4+05:30', '9999-12-31 23:59:59.999999', '2020-01-01 00:00+02', '-1 mon 2 days -00:00:00.000001',
            '300 years 2 days 3.5 s', '-12.34', '10.0.0.1/8', '10.0.0.0/8', '08:00:2b:01:02:03', '10101', '1',
            'the:1A fat', 'fat & !rat', '(1,2)', '[1,5)', '{[2020-01-01,2020-02-01),[2021-01-01,)}', 7,
            'types', '16/B374D848', '$.a[*] ? (@ > 1.0)');
        INSERT INTO types (id) VALUES (2);
        INSERT INTO types (id, f4, f8, n, s, by, jb, iv) VALUES
            (3, 1.1, 0.1, -0.001, '', '', '"1.0"', '178000000 years'), (4, '-0', '-0', 'NaN', 'x', NULL, '0.10', '0');
    """,
    "infinities": r"""
        CREATE TABLE days (id int PRIMARY KEY, fine date, never date, bc date, ts timestamp, tz timestamptz,
            far timestamp, ds date[], deep int[], shifted int[], n numeric(6,2), ns numeric(6,2)[]);
        INSERT INTO days VALUES (1, '2020-01-01', 'infinity', '2020-01-01', '-infinity', 'infinity',
            '294276-12-31 23:59', '{2020-01-01,-infinity}', '{{1,2},{3,4}}', '[0:1]={1,2}', 'NaN', '{1,NaN}'),
            (2, '5874897-12-31', '2020-01-01', '0044-03-15 BC', '2020-01-01', '4713-01-01 BC', '2020-01-01', '{}', '{}',
            '{1}', 1.50, '{}');
        INSERT INTO days (id) VALUES (3);
        CREATE TABLE keyed (d date PRIMARY KEY, n int REFERENCES days);
        INSERT INTO keyed VALUES ('infinity', 1), ('-infinity', 2), ('0044-03-15 BC', 3), ('2020-01-01', NULL);
        CREATE TABLE refers (d date REFERENCES keyed, PRIMARY KEY (d));
        INSERT INTO refers VALUES ('2020-01-01');
    """,
    "lists": r"""
        CREATE TYPE mood AS ENUM ('sad', 'ok');
        CREATE TABLE lists (id int PRIMARY KEY, b boolean[], i int[], f real[], n numeric(6,2)[], s text[],
            v varchar(3)[], c char(3)[], by bytea[], u uuid[], jb jsonb[], js json[], d date[], t time[],
            ts timestamp[],
            tz timestamptz[], iv interval[], m mood[], r int4range[]);
        INSERT INTO lists VALUES (1, '{t,NULL,f}', '{1,NULL}', '{1.5,NaN}', '{1.50,-2,NULL}', '{"a b","NULL",NULL,""}',
            '{ab}', '{ab}', '{"\\x00"}', '{00000000-0000-0000-0000-000000000001}', ARRAY['{"a": 1.0}'::jsonb, NULL],
            ARRAY['{"a":  1.0}'::json], '{2020-01-01,NULL}', '{24:00}', '{2020-01-01}', '{2020-01-01 00:00+00}',
            '{1 day,NULL,-1 mon}', '{ok,NULL}', '{"[1,3)"}');
        INSERT INTO lists (id) VALUES (2);
        INSERT INTO lists VALUES (3, '{}', '{}', '{}', '{}', '{}', '{}', '{}', '{}', '{}',
            '{}', '{}', '{}', '{}', '{}', '{}', '{}', '{}', '{}');
        CREATE TABLE keyed (k int[] PRIMARY KEY, j jsonb UNIQUE, iv interval UNIQUE);
        INSERT INTO keyed VALUES ('{1,2}', '1.0', '1 day'), ('{}', '2', '25:00');
    """,
    "partitions": """
        CREATE TABLE events (id int GENERATED BY DEFAULT AS IDENTITY, at date NOT NULL, kind text)
            PARTITION BY RANGE (at);
        ALTER TABLE events ALTER id DROP IDENTITY;
        CREATE TABLE events_old (kind text, at date NOT NULL, id int NOT NULL);
        ALTER TABLE events ATTACH PARTITION events_old FOR VALUES FROM ('2019-01-01') TO ('2020-01-01');
        CREATE TABLE events_new PARTITION OF events FOR VALUES FROM ('2020-01-01') TO ('2021-01-01')
            PARTITION BY LIST (kind);
        CREATE TABLE events_new_a PARTITION OF events_new FOR VALUES IN ('a');
        CREATE TABLE events_new_x PARTITION OF events_new DEFAULT;
        CREATE INDEX ON events (kind);
        ALTER TABLE events_new_a ADD PRIMARY KEY (id);
        CREATE TABLE keyed (id int, n int, PRIMARY KEY (id)) PARTITION BY RANGE (id);
        CREATE TABLE keyed_1 PARTITION OF keyed FOR VALUES FROM (1) TO (100);
        CREATE TABLE notes (id int PRIMARY KEY, keyed int REFERENCES keyed);
        INSERT INTO events SELECT i, date '2019-06-01' + 50 * i, chr(96 + i) FROM generate_series(1, 10) i;
        INSERT INTO keyed SELECT i, -i FROM generate_series(1, 5) i;
        INSERT INTO notes SELECT i, i FROM generate_series(1, 5) i;
        CREATE TABLE nothing (a int) PARTITION BY HASH (a);
    """,
    "inheritance": """
        CREATE TABLE animal (id int PRIMARY KEY, name text NOT NULL);
        CREATE TABLE dog (tricks text[]) INHERITS (animal);
        CREATE TABLE puppy (PRIMARY KEY (id)) INHERITS (dog);
        INSERT INTO animal VALUES (1, 'worm');
        INSERT INTO dog VALUES (1, 'rex', '{sit}'), (2, 'rex', NULL);
        INSERT INTO puppy VALUES (1, 'bit', NULL);
    """,
    "cycles": """
        CREATE TABLE a (id int PRIMARY KEY, b int, self int REFERENCES a);
        CREATE TABLE b (id int PRIMARY KEY, a int REFERENCES a, c int);
        CREATE TABLE c (id int PRIMARY KEY, a int NOT NULL REFERENCES a DEFERRABLE INITIALLY DEFERRED);
        ALTER TABLE a ADD FOREIGN KEY (b) REFERENCES b;
        ALTER TABLE b ADD CONSTRAINT to_c FOREIGN KEY (c) REFERENCES c ON DELETE CASCADE;
        INSERT INTO a VALUES (1, NULL, 2), (2, NULL, 1);
        INSERT INTO c VALUES (1, 2);
        INSERT INTO b VALUES (1, 1, 1);
        UPDATE a SET b = 1;
    """,
    "generated": """
        CREATE SEQUENCE lone START 100;
        CREATE FUNCTION loud(t text) RETURNS text IMMUTABLE LANGUAGE sql AS 'SELECT upper(t)';
        CREATE TABLE g (id bigint GENERATED ALWAYS AS IDENTITY (INCREMENT 5) PRIMARY KEY, n serial, t text NOT NULL,
            l text GENERATED ALWAYS AS (public.loud(t)) STORED UNIQUE, at int DEFAULT nextval('lone'));
        CREATE TABLE h (l text PRIMARY KEY, k text GENERATED ALWAYS AS (l || '!') STORED REFERENCES g (l));
        INSERT INTO g (t) VALUES ('a'), ('b!');
        INSERT INTO h VALUES ('B');
        CREATE TABLE only_generated (a int GENERATED ALWAYS AS (1) STORED);
        INSERT INTO only_generated DEFAULT VALUES;
        INSERT INTO only_generated DEFAULT VALUES;
    """,
    "domains": """
        CREATE DOMAIN email AS text CHECK (VALUE LIKE '%@%') NOT NULL DEFAULT '@';
        CREATE DOMAIN mail2 AS email CHECK (length(VALUE) < 20);
        CREATE TYPE point3 AS (x int, y numeric, z mail2);
        CREATE TYPE span AS RANGE (subtype = float8);
        CREATE DOMAIN small AS int;
        CREATE DOMAIN ints AS int[];
        CREATE TABLE d (id small PRIMARY KEY, e email, m mail2 UNIQUE, p point3, ps point3[], s span, i ints);
        INSERT INTO d VALUES (1, 'a@b', 'c@d', '(1,2.50,"x@""y z"")")', '{"(1,2.0,a@b)",NULL}', '[1.5,2)', '{1,2}');
        INSERT INTO d VALUES (2, 'a@b', 'e@f', NULL, NULL, NULL, NULL);
        CREATE TABLE e (id small REFERENCES d, m mail2 REFERENCES d (m));
        INSERT INTO e VALUES (1, 'e@f'), (NULL, 'c@d');
    """,
    "names": _hostile(),
    "case": """
        CREATE TABLE "Users" (id int PRIMARY KEY, "Name" text, name text UNIQUE, "NAME" text);
        CREATE TABLE users (id int PRIMARY KEY REFERENCES "Users" (id), "Id" int);
        CREATE SCHEMA main; CREATE SCHEMA "Main"; CREATE SCHEMA temp; CREATE SCHEMA app;
        CREATE TABLE main.users (id int PRIMARY KEY); CREATE TABLE "Main".users (id int PRIMARY KEY);
        CREATE TABLE temp.users (id int PRIMARY KEY); CREATE TABLE app.users (id int REFERENCES main.users);
        INSERT INTO "Users" VALUES (1, 'a', 'b', 'c'), (2, 'd', NULL, 'f');
        INSERT INTO users VALUES (1, 7);
        INSERT INTO main.users VALUES (1), (2); INSERT INTO "Main".users VALUES (3); INSERT INTO temp.users VALUES (4);
        INSERT INTO app.users VALUES (2), (2), (NULL);
    """,
    "no keys": """
        CREATE TABLE bag (a int, b text, j json, f float8);
        INSERT INTO bag VALUES (1, 'x', '{"a":1}', 0.5), (1, 'x', '{"a":1}', 0.5), (NULL, NULL, NULL, NULL),
            (1, 'ž', NULL, 'NaN');
        CREATE TABLE late (id int PRIMARY KEY DEFERRABLE, u int UNIQUE DEFERRABLE INITIALLY DEFERRED);
        INSERT INTO late VALUES (1, 1);
        CREATE TABLE part (id int, u text, v text);
        CREATE UNIQUE INDEX ON part (u) WHERE id > 1;
        CREATE UNIQUE INDEX ON part (lower(v));
        CREATE UNIQUE INDEX ON part (id) INCLUDE (u);
        INSERT INTO part VALUES (1, 'a', 'a'), (0, 'a', 'b');
    """,
    "no columns": """
        CREATE TABLE nothing ();
        INSERT INTO nothing SELECT FROM generate_series(1, 5);
        CREATE TABLE nothing_at_all ();
    """,
    "wide": "CREATE TABLE wide ("
    + ", ".join(f"c{i} {('int', 'text', 'date', 'numeric(5,2)')[i % 4]}" for i in range(1600))
    + "); INSERT INTO wide (c0, c1, c2, c1599) VALUES (1, 'a', 'infinity', 1.5), (2, 'b', NULL, NULL);",
    "functions": """
        CREATE SCHEMA app;
        CREATE TABLE app.log (id serial PRIMARY KEY, line text);
        SET check_function_bodies = off;
        CREATE FUNCTION app.later() RETURNS bigint LANGUAGE sql AS 'SELECT count(*) FROM app.seen';
        CREATE FUNCTION app.trap() RETURNS trigger LANGUAGE plpgsql AS $x$
        BEGIN
        --
        -- Name: not a name; Type: TABLE; Schema: public; Owner: -
        --
        SET search_path = public;
        INSERT INTO app.log (line) VALUES (E'\\\\restrict me'); RETURN NEW; END $x$;
        CREATE TABLE app.seen (id int PRIMARY KEY, t text DEFAULT app.later());
        CREATE TRIGGER trap BEFORE INSERT ON app.seen FOR EACH ROW EXECUTE FUNCTION app.trap();
        INSERT INTO app.seen VALUES (1, 'x');
        CREATE VIEW app.v AS SELECT * FROM app.seen;
        CREATE MATERIALIZED VIEW app.m AS SELECT * FROM app.v;
        CREATE RULE quiet AS ON DELETE TO app.log DO INSTEAD NOTHING;
        CREATE PROCEDURE app.p() LANGUAGE sql BEGIN ATOMIC SELECT 1; END;
        CREATE AGGREGATE app.total(int) (sfunc = int4pl, stype = int);
        CREATE OPERATOR app.*** (function = int4pl, leftarg = int, rightarg = int);
        CREATE TABLE app.ex (r int4range, EXCLUDE USING gist (r WITH &&));
        CREATE STATISTICS app.st ON id, t FROM app.seen;
        COMMENT ON TABLE app.seen IS 'it''s; -- a comment';
        ALTER TABLE app.seen ENABLE ROW LEVEL SECURITY;
        ALTER TABLE app.seen FORCE ROW LEVEL SECURITY;
        CREATE POLICY own ON app.seen USING (id > 0);
        CREATE UNLOGGED TABLE app.fast (id int);
        CREATE TABLE app.unproved (id int);
        INSERT INTO app.unproved VALUES (7);
    """,
    "collations": """
        CREATE SCHEMA app;
        CREATE COLLATION app.odd (provider = icu, locale = 'und-u-ks-level2', deterministic = false);
        CREATE TABLE app.loose (t text COLLATE app.odd PRIMARY KEY);
        CREATE TABLE app.refers (t text COLLATE app.odd REFERENCES app.loose);
        INSERT INTO app.loose VALUES ('Aa');
        INSERT INTO app.refers VALUES ('aA');
    """,
    "unproved": """
        CREATE TABLE p (id int PRIMARY KEY);
        CREATE TABLE c (id int, n int);
        INSERT INTO c VALUES (7, -1);
        ALTER TABLE c ADD FOREIGN KEY (id) REFERENCES p NOT VALID;
    """,
    "extensions": """
        CREATE SCHEMA ext;
        CREATE EXTENSION citext SCHEMA ext;
        CREATE EXTENSION hstore;
        CREATE TABLE x (c ext.citext PRIMARY KEY, h hstore, cs ext.citext[]);
        INSERT INTO x VALUES ('Ab', 'a=>1, b=>NULL', '{a,B}'), ('b', NULL, NULL);
        CREATE TABLE y (c ext.citext REFERENCES x);
        INSERT INTO y VALUES ('aB');
    """,
    "eighteen": """
        CREATE EXTENSION btree_gist;
        CREATE TABLE e (id int, during daterange, v int GENERATED ALWAYS AS (id * 2) VIRTUAL, n int,
            PRIMARY KEY (id, during WITHOUT OVERLAPS));
        CREATE TABLE f (id int, during daterange, e int, CONSTRAINT positive CHECK (id > 0) NOT ENFORCED,
            FOREIGN KEY (e, PERIOD during) REFERENCES e (id, PERIOD during));
        CREATE TABLE h (id int PRIMARY KEY, e int, FOREIGN KEY (e) REFERENCES h NOT ENFORCED);
        INSERT INTO e (id, during) VALUES (1, '[2020-01-01,2021-01-01)');
        INSERT INTO f VALUES (-1, '[2020-02-01,2020-03-01)', 1);
        INSERT INTO h VALUES (1, 7);
        CREATE TABLE i (iv interval);
        INSERT INTO i VALUES ('infinity'), ('1 day');
    """,
}
SINCE = {"eighteen": 18}
# Features that a server may lack, as it was built or packaged.
OPTIONAL = {"extensions", "eighteen", "collations"}
# Rows that break a NOT VALID constraint: they can be captured, but not loaded with the constraint in place.
BROKEN = {"unproved"}


def create_hard(url: str, name: str) -> None:
    """Create one of these schemas in a database; skip the test if the server does not support it."""
    with psycopg.connect(url) as connection:
        version = connection.info.server_version // 10000
    if SINCE.get(name, 0) > version:
        pytest.skip(f"for Postgres {SINCE[name]}")
    try:
        execute(url, HARD[name])
    except psycopg.Error:
        assert name in OPTIONAL
        pytest.skip("the server lacks what it needs")
