"""Test comparing definitions that Postgres prints in two ways: the same meaning is equal, another meaning is not."""

from __future__ import annotations

import json

import pytest

from snap_restorer.clones.database_objects import listing, lost_objects
from snap_restorer.dump.put_back import put_back
from snap_restorer.pg.spelling import normal
from snap_restorer.pg.target import Target
from tests.postgres import execute
from tests.restorer.backing import taken

# Each condition is printed otherwise once Postgres has read what it printed, or is one that looks like these.
CONDITIONS = (
    *("mood IN ('x', 'y')", "mood NOT IN ('q', NULL, 'r')", "coalesce(mood, 'x') IN ('x', 'it''s ] ::text[]')"),
    *("a BETWEEN 1 AND 5 AND b > 3 OR NOT b > 4", "(a, b, a) IS DISTINCT FROM (b, a, b)", "a > 1 AND (b > 1 OR a > 2)"),
    *("mood = ANY (ARRAY['a', 'b'])", "mood IN ('a', 'b') AND a IN (1, 2) AND d IN (1, 2.5)", "e IN ('2020-01-01')"),
    *("CASE WHEN mood IN ('a', 'b') THEN a > 1 ELSE b > 1 END", "ARRAY[mood, mood]::text[] = c", "(a, b) < (b, a)"),
    *("ARRAY[d, a]::numeric(5,2)[] = ARRAY[1.0]", "ARRAY[[a, b], [b, a]]::bigint[] = '{}'", "lower(mood) IN ('a')"),
)
OTHERS = """
CREATE FUNCTION f() RETURNS trigger LANGUAGE plpgsql AS 'begin return new; end';
CREATE TRIGGER t1 AFTER UPDATE ON r FOR EACH ROW WHEN (NOT ((old.a, old.b, old.mood, old.e)
    IS NOT DISTINCT FROM (new.a, new.b, new.mood, new.e))) EXECUTE FUNCTION f();
CREATE TRIGGER t2 AFTER UPDATE ON r FOR EACH ROW WHEN (new.mood IN ('x', 'y') AND old.a < 3) EXECUTE FUNCTION f();
CREATE INDEX ON r (a) WHERE mood IN ('x', 'y'); CREATE INDEX ON r ((mood IN ('x', 'y')));
CREATE VIEW v AS SELECT *, mood IN ('x', 'y') AS m FROM r WHERE mood NOT IN ('a', 'b') AND a BETWEEN 1 AND 2 AND b > 1;
CREATE RULE ru AS ON DELETE TO v WHERE old.mood IN ('a', 'b') DO INSTEAD NOTHING;
ALTER TABLE r ENABLE ROW LEVEL SECURITY; CREATE POLICY p ON r USING (mood IN ('x', 'y'));
CREATE DOMAIN dom AS varchar(5) CHECK (VALUE IN ('a', 'b')); CREATE STATISTICS st ON (mood IN ('a', 'b')), a FROM r;
CREATE FUNCTION sf(m varchar) RETURNS bool LANGUAGE sql BEGIN ATOMIC SELECT m IN ('a', 'b'); END;
"""


@pytest.mark.slow
def test_what_a_round_trip_through_pg_dump_spells_otherwise_is_the_same(any_database: str) -> None:
    checks = ", ".join(f"CHECK ({text})" for text in CONDITIONS)
    execute(
        any_database,
        "CREATE TABLE r (id int PRIMARY KEY, mood varchar(20), a int, b int, c text[], d numeric, e date, "
        f"g text GENERATED ALWAYS AS (CASE WHEN mood IN ('x', 'y') THEN 'k' ELSE mood END) STORED, {checks}); {OTHERS}",
    )
    before = contents(any_database)
    put_back(Target(any_database), taken(any_database))
    after = contents(any_database)
    assert before.keys() == after.keys()
    assert sum(before[name] != after[name] for name in before) > 10
    assert lost_objects(after, before) == ()


def contents(url: str) -> dict[str, str]:
    with Target(url).connect() as connection:
        return dict(listing(connection))


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("((a AND b) OR c)", "(a AND (b OR c))"),
        ("(NOT (a OR b) OR c)", "(NOT a OR b OR c)"),
        ("((a + b) * c)", "(a + (b * c))"),
        ("(a OR (b AND c))", "(a OR b AND c)"),
        ("(ARRAY['x'::text])::date[]", "ARRAY['x'::text]"),
        ("(ARRAY['x'::text])::date[]", "(ARRAY['x'::text])::text[]"),
        ("('a OR (b OR c)' = x)", "('a OR b OR c' = x)"),
        ('("a  b" OR (x OR y))', '("a b" OR (x OR y))'),
        ("((SELECT a OR b) OR c)", "(SELECT a OR b OR c)"),
        ("f((a OR b), c)", "f(a OR b, c)"),
        ("((a OR b, c) = d)", "(a OR b, c = d)"),
        ("x - -1", "x --1"),
        ('["a (b OR c) OR d", null]', '["a (b OR c OR d)", null]'),
    ],
)
def test_what_means_something_else_differs(one: str, other: str) -> None:
    assert normal(one) != normal(other)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("(a OR (b OR c))", "((a OR b) OR c)"),
        ("((((a AND b) AND c) AND d) OR e)", "((a AND b AND c AND d) OR e)"),
        (
            "(ARRAY[a, f(b, c)])::character varying(3)[]",
            "ARRAY[(a)::character varying(3), (f(b, c))::character varying(3)]",
        ),
        (json.dumps(["((a OR b) OR c)", 1, None]), json.dumps(["(a OR b OR c)", 1, None])),
    ],
)
def test_what_means_the_same_is_the_same(one: str, other: str) -> None:
    assert normal(one) == normal(other)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "it's open",
        "\\d",
        '["x',
        "$a$ b",
        "((",
        "))",
        "[",
        "ARRAY[",
        "(ARRAY[a])::text[",
        "/* a",
        "(" * 5000 + ")" * 5000,
    ],
)
def test_what_is_no_sql_stays_what_it_is(text: str) -> None:
    assert normal(text) == normal(text)
    assert normal(text) != normal(f"{text}x")
