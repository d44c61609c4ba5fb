"""Test the shapes of a live database: the statistics that they contain, and the values that they never reveal."""

from __future__ import annotations

import dataclasses

import psycopg
import pytest

from snap.errors import TargetError
from snap.shapes import Privacy, Shapes
from snap_restorer.clones.read_schema import read_database_tables
from snap_restorer.live import shapes as live_shapes
from snap_restorer.live.shapes import read_shapes
from snap_restorer.pg.target import Target
from tests.postgres import execute

SQL = """
CREATE TYPE plan AS ENUM ('free', 'pro', 'gold');
CREATE DOMAIN cents AS integer CHECK (VALUE >= 0);
CREATE TABLE users (
    id serial PRIMARY KEY, plan plan NOT NULL, active boolean, email text NOT NULL UNIQUE, state text NOT NULL,
    mood text CHECK (mood IN ('so so', 'very good')), nick text, note text, age integer, born date,
    account bigint NOT NULL, spent cents, joined timestamptz NOT NULL
);
CREATE TABLE orders (
    id serial PRIMARY KEY, user_id integer NOT NULL REFERENCES users, rating smallint, price numeric(10,2) NOT NULL
);
INSERT INTO users (plan, active, email, state, mood, nick, note, age, born, account, spent, joined)
SELECT CASE WHEN i % 10 < 7 THEN 'free' WHEN i % 10 < 9 THEN 'pro' ELSE 'gold' END::plan,
       CASE WHEN i % 4 > 0 THEN i % 8 > 3 END, 'person' || i || '@real.example',
       (ARRAY['open', 'closed', 'on_hold'])[1 + i % 3], (ARRAY['so so', 'very good'])[1 + i % 2],
       (ARRAY['Mary', 'John'])[1 + i % 2], 'note of ' || i, 18 + i % 60, DATE '1960-01-01' + i,
       4929123456780000 + i * 7919, i * 100, TIMESTAMPTZ '2024-01-01' + i * INTERVAL '7 hours 13 minutes'
FROM generate_series(1, 2000) i;
INSERT INTO orders (user_id, rating, price)
SELECT i, 1 + n % 5, 1 + (i * n) % 90 + 0.99 FROM generate_series(1, 1000) i, generate_series(1, 1 + i % 4) n;
ANALYZE;
"""


def shapes_of(url: str, privacy: Privacy | None = None) -> Shapes:
    target = Target(url)
    return read_shapes(target, read_database_tables(target), privacy or Privacy(names=("mary", "john")))


@pytest.fixture
def shaped(database: str) -> str:
    execute(database, SQL)
    return database


def test_statistics_give_the_shapes_of_columns(any_database: str) -> None:
    execute(any_database, SQL)
    shapes = shapes_of(any_database)
    users = shapes.table("users")
    assert users is not None
    assert (users.rows, shapes.warnings) == (2_000, ())
    columns = {column.name: column for column in users.columns}
    assert dict(columns["plan"].shares) == {"free": 0.7, "pro": 0.2, "gold": 0.1}
    assert columns["active"].nulls == 0.25
    assert {value for value, _ in columns["active"].shares} == {"t", "f"}
    assert {value for value, _ in columns["state"].shares} == {"open", "closed", "on_hold"}
    assert {value for value, _ in columns["mood"].shares} == {"so so", "very good"}
    assert columns["email"].distinct == 2_000
    assert len(columns["joined"].quantiles) == 17
    assert columns["joined"].quantiles[8].startswith("2024-10")
    assert [int(point) // 10_000 for point in columns["spent"].quantiles] == pytest.approx(
        [20 * place / 16 for place in range(17)], abs=1
    )
    orders = shapes.table("orders")
    assert orders is not None
    (reference,) = orders.references
    assert (reference.columns, reference.parent, reference.parents) == (("user_id",), "users", 1_000)
    assert [reference.rows.count(n) for n in (1, 2, 3, 4)] == [25, 25, 25, 26]
    assert dict(next(c for c in orders.columns if c.name == "rating").shares).keys() == {"2", "3", "4", "5"}


def test_no_text_of_a_person_and_no_number_in_full_leaves_the_database(shaped: str) -> None:
    said = str(dataclasses.asdict(shapes_of(shaped)))
    assert "person" not in said
    assert "note of" not in said
    assert "Mary" not in said  # a first name, shared by a thousand rows
    assert "4929123456" not in said
    assert "4929" in said


def test_of_private_columns_no_value_is_asked(shaped: str) -> None:
    private = frozenset({("users", "state"), ("users", "born"), ("users", "age"), ("users", "plan")})
    users = shapes_of(shaped, Privacy(private=private)).table("users")
    assert users is not None
    for name in ("state", "born", "age", "plan"):
        column = users.column(name)
        assert column is not None
        assert (column.quantiles, column.shares) == ((), ())
        assert column.frequencies or column.name == "born"


def test_fewer_rows_than_twenty_share_nothing(database: str) -> None:
    execute(
        database,
        "CREATE TABLE few (id int PRIMARY KEY, kind text, size int, up int);"
        "INSERT INTO few SELECT i, CASE WHEN i < 20 THEN 'rare' ELSE 'usual' END, i, 5 FROM generate_series(1, 39) i;"
        "CREATE TABLE kids (few_id int REFERENCES few);"
        "INSERT INTO kids SELECT 1 + i % 19 FROM generate_series(1, 90) i;"
        "ANALYZE",
    )
    shapes = shapes_of(database)
    few, kids = shapes.table("few"), shapes.table("kids")
    assert few is not None
    assert kids is not None
    assert all((column.shares, column.quantiles) == ((), ()) for column in few.columns if column.name != "up")
    assert few.column("up").shares == (("5", 1.0),)  # type: ignore[union-attr]
    assert kids.references == ()


def test_two_bounds_of_a_histogram_leave_nothing_to_measure(database: str) -> None:
    execute(
        database,
        "CREATE TABLE t (n int, s text); INSERT INTO t SELECT CASE WHEN i > 2 THEN 7 ELSE i END, 'a' || i % 2 FROM"
        " generate_series(1, 900) i; INSERT INTO t VALUES (1, 'two words'), (2, 'two words'); ANALYZE t",
    )
    shape = shapes_of(database).table("t")
    assert shape is not None
    assert dict(shape.column("s").shares).keys() == {"a0", "a1"}  # type: ignore[union-attr]


@pytest.mark.slow
def test_what_has_no_statistics_is_told_with_the_reason(shaped: str) -> None:
    execute(
        shaped,
        'CREATE TABLE empty (id int PRIMARY KEY); CREATE TABLE "not yet" (id int); INSERT INTO "not yet" VALUES (1);'
        "ANALYZE empty; CREATE TABLE policed (id int); INSERT INTO policed VALUES (1); ANALYZE policed;"
        "ALTER TABLE policed ENABLE ROW LEVEL SECURITY; CREATE ROLE reader LOGIN;"
        'GRANT SELECT ON users, policed, empty, "not yet" TO reader; GRANT SELECT (id, price) ON orders TO reader',
    )
    warnings = shapes_of(_as(shaped, "reader")).warnings
    assert sorted(warnings) == [
        "empty is empty: its rows are guessed",
        'not yet has no statistics: run ANALYZE "public"."not yet"',
        "orders: this role may not read user_id, rating, so their statistics are hidden from it",
        "policed: row-level security hides its statistics from this role",
    ]


def _as(url: str, role: str) -> str:
    return f"{url}&options=-c%20role%3D{role}"


def test_dates_and_numbers_beyond_all_shapes_are_left_out_and_not_quoted(database: str) -> None:
    execute(
        database,
        "CREATE TABLE t (d date, f float8, n numeric, ts timestamp);"
        "INSERT INTO t SELECT DATE '5874897-12-01' + i % 31,"
        " CASE WHEN i % 3 = 0 THEN 'NaN' WHEN i % 3 = 1 THEN 'Infinity' ELSE 1e300 + i * 1e298 END,"
        " 10::numeric ^ 200 + i, CASE WHEN i % 2 = 0 THEN 'infinity'"
        " ELSE TIMESTAMP '0044-03-15 BC' + i * '1 s'::interval END FROM generate_series(1, 900) i; ANALYZE t",
    )
    shape = shapes_of(database).table("t")
    assert shape is not None
    assert [shape.column(name).quantiles for name in ("d", "f", "ts")] == [(), (), ()]  # type: ignore[union-attr]
    assert all("7" not in point for point in shape.column("n").quantiles)  # type: ignore[union-attr]


@pytest.mark.slow
def test_a_count_that_takes_too_long_is_told_and_the_rest_is_there(
    shaped: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    target = Target(shaped)
    schema = read_database_tables(target)
    monkeypatch.setattr(live_shapes, "_COUNT_S", 0.2)
    with psycopg.connect(shaped) as other:
        other.execute("LOCK TABLE orders IN ACCESS EXCLUSIVE MODE")
        shapes = read_shapes(target, schema, Privacy())
    assert shapes.warnings == (
        "orders: its rows for each row of users were not counted, and their number is guessed: canceling "
        "statement due to statement timeout",
    )
    assert [len(table.columns) > 0 for table in shapes.tables] == [True, True]


@pytest.mark.slow
@pytest.mark.parametrize(
    ("prepare", "message"),
    [
        ("REVOKE SELECT ON pg_catalog.pg_stats FROM PUBLIC; GRANT SELECT ON users TO reader", "planner's statistics"),
        ("SELECT 1", "no table has statistics that this role may see"),
    ],
)
def test_a_role_that_sees_no_statistics_is_told_what_to_grant(shaped: str, prepare: str, message: str) -> None:
    execute(shaped, f"CREATE ROLE reader LOGIN; {prepare}")
    with pytest.raises(TargetError, match=message) as caught:
        shapes_of(_as(shaped, "reader"))
    assert "grant select on" in caught.value.hint.lower()


def test_a_database_that_nobody_has_analysed_is_refused(database: str) -> None:
    execute(database, "CREATE TABLE users (id int); INSERT INTO users VALUES (1)")
    with pytest.raises(TargetError, match="users has no statistics: run ANALYZE"):
        shapes_of(database)
