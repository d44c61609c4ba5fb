"""A live database as a side of a diff: each edit found, whatever the key; nothing else, whatever goes on."""

from __future__ import annotations

import datetime as dt
import os
import tempfile
from collections.abc import Callable
from dataclasses import replace
from decimal import Decimal
from pathlib import Path
from typing import Any

import psycopg
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from snap.compare import Diff, Kind, SchemaChange, TableDiff, compare, snapshot_side
from snap.errors import ServiceError, TargetError
from snap.store import Snapshot, Store
from snap_restorer import Server, Target, restore
from snap_restorer.live.capture import CaptureRequest, capture
from snap_restorer.live.reader import open_reader
from snap_restorer.live.side import live_side, lock_tables
from snap_restorer.live.tables import read_database
from snap_restorer.request import Request
from tests.cases.diffs import data, one, snapshot, table
from tests.cases.kinds import KINDS
from tests.params import examples, few
from tests.paths import ROOT
from tests.postgres import execute, name_of


def diff(made: Snapshot, url: str, rows: int = 0) -> Diff:
    """Compare; snapshots of these tests know an enum type that few of them use."""
    with live_side(Target(url), made.manifest) as live:
        found = compare(snapshot_side(made), live, rows=rows)
    return replace(found, schema=tuple(change for change in found.schema if change.what != "enum"))


def only(made: Snapshot, url: str, rows: int = 0) -> TableDiff:
    """The one table of a snapshot whose schema is the database's."""
    found = diff(made, url, rows)
    assert found.schema == ()
    [changes] = found.tables
    return changes


# --- every edit, and nothing else

COLUMNS = {
    "t": "text",
    "n": "numeric(9,2)",
    "f": "double precision",
    "j": "jsonb",
    "m": "timestamp with time zone",
    "d": "date",
    "a": "text[]",
    "b": "boolean",
    "i": "interval",
    "y": "bytea",
    "e": "mood",
}
MOMENT = dt.datetime(2026, 1, 1, tzinfo=dt.UTC)
# Of each column a value as SQL, which no two share, and as the snapshot's Arrow takes it.
VALUES: dict[str, list[tuple[str, Any]]] = {
    "t": [("NULL", None), ("''", ""), ("'a'", "a"), ("'A'", "A"), ("'é '", "é "), ("'NULL'", "NULL")],
    "n": [("NULL", None), ("0", Decimal(0)), ("-1.5", Decimal("-1.50")), ("1.01", Decimal("1.01"))],
    "f": [("NULL", None), ("0", 0.0), ("'nan'", float("nan")), ("'-inf'", float("-inf")), ("0.1", 0.1)],
    "j": [
        ("NULL", None),
        ("'1.0'", "1"),
        ("'{\"b\": 1.50, \"a\": \"1.50\"}'", '{"a": "1.50", "b": 1.5}'),
        ("'null'", "null"),
    ],
    "m": [
        ("NULL", None),
        ("'2026-01-01+00'", MOMENT),
        ("'2026-01-01 00:00:00.000001+00'", MOMENT.replace(microsecond=1)),
    ],
    "d": [("NULL", None), ("'1970-01-01'", dt.date(1970, 1, 1)), ("'2026-02-28'", dt.date(2026, 2, 28))],
    "a": [("NULL", None), ("'{}'", []), ("'{NULL}'", [None]), ("'{a,\"\"}'", ["a", ""]), ("'{a}'", ["a"])],
    "b": [("NULL", None), ("true", True), ("false", False)],
    "i": [
        ("NULL", None),
        ("'1 day'", {"months": 0, "days": 1, "microseconds": 0}),
        ("'24:00'", {"months": 0, "days": 0, "microseconds": 86_400_000_000}),
    ],
    "y": [("NULL", None), ("''", b""), ("'\\x00ff'", b"\0\xff")],
    "e": [("NULL", None), ("'sad'", "sad"), ("'ok'", "ok")],
}  # fmt: skip
ROW = st.tuples(*(st.integers(0, len(VALUES[name]) - 1) for name in COLUMNS))
MOOD = "CREATE TYPE mood AS ENUM ('sad', 'ok');"
BODY = ", ".join(f"{name} {pg}" for name, pg in COLUMNS.items())


def key_text(number: int) -> str:
    """Texts that collations order, and some hold equal, in ways of their own."""
    return ["a", "A", "á", "-a", "a b", "ab", "Ab", "ß", "ss", "z", "10", "9"][number]


KEYS: dict[str, tuple[dict[str, str], str, Callable[[int], tuple[tuple[str, ...], tuple[Any, ...]]]]] = {
    "integer": ({"id": "integer"}, "id integer PRIMARY KEY", lambda k: ((str(k),), (k,))),
    "uuid": (
        {"id": "uuid"},
        "id uuid PRIMARY KEY",
        lambda k: ((f"'{k:032x}'",), (k.to_bytes(16, "big"),)),
    ),
    "text": (
        {"id": "text"},
        'id text COLLATE "ucs_basic" PRIMARY KEY',
        lambda k: ((f"'{key_text(k)}'",), (key_text(k),)),
    ),
    "composite": (
        {"p": "bigint", "q": "character varying(9)"},
        "p bigint, q varchar(9), PRIMARY KEY (q, p)",
        lambda k: ((str(k % 3), f"'{k // 3}'"), (k % 3, str(k // 3))),
    ),
    "unique": (
        {"u": "timestamp with time zone"},
        "u timestamptz NOT NULL UNIQUE",
        lambda k: ((f"'2026-01-{k + 1:02}+00'",), (MOMENT.replace(day=k + 1),)),
    ),
}
ORDER = {"composite": ("q", "p")}


@pytest.fixture(params=few(KEYS, 2))
def kind(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@examples(4, 10, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(drawn=st.data())
def test_a_diff_is_exactly_the_edits(database: str, kind: str, drawn: st.DataObject) -> None:
    columns, declared, make = KEYS[kind]
    key = st.integers(0, 11)
    before = drawn.draw(st.dictionaries(key, ROW, max_size=10))
    edits = drawn.draw(st.dictionaries(key, st.none() | ROW, max_size=5))
    after = {k: row for k, row in (before | edits).items() if row is not None}
    definition = table(
        'T."x',
        {**columns, **COLUMNS},
        key=() if kind == "unique" else ORDER.get(kind, tuple(columns)),
        unique=[tuple(columns)] if kind == "unique" else (),
        required=tuple(columns),
    )
    held = [(*make(k)[1], *(VALUES[n][v][1] for n, v in zip(COLUMNS, row, strict=True))) for k, row in before.items()]
    lines = [
        f"({', '.join([*make(k)[0], *(VALUES[n][v][0] for n, v in zip(COLUMNS, row, strict=True))])})"
        for k, row in after.items()
    ]
    execute(
        database,
        f'DROP TABLE IF EXISTS "T.""x"; DROP TYPE IF EXISTS mood; {MOOD} CREATE TABLE "T.""x" ({declared}, {BODY});'
        + (f'INSERT INTO "T.""x" VALUES {", ".join(lines)}' if lines else ""),
    )
    common = before.keys() & after.keys()
    moved = [n for k in common for n, x, y in zip(COLUMNS, before[k], after[k], strict=True) if x != y]
    changed = sum(before[k] != after[k] for k in common)
    with tempfile.TemporaryDirectory() as folder:
        found = only(one(Path(folder), definition, held), database)
    assert found == TableDiff(
        name=definition.label,
        added=len(after.keys() - before.keys()),
        removed=len(before.keys() - after.keys()),
        changed=changed,
        unchanged=len(common) - changed,
        columns=tuple((n, moved.count(n)) for n in COLUMNS if n in moved),
    )


@pytest.mark.slow
@settings(max_examples=10, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(ROW, max_size=6), st.lists(ROW, max_size=6))
def test_rows_without_a_key_are_a_multiset(database: str, before: list[Any], after: list[Any]) -> None:
    held = [tuple(VALUES[n][v][1] for n, v in zip(COLUMNS, row, strict=True)) for row in before]
    lines = [f"({', '.join(VALUES[n][v][0] for n, v in zip(COLUMNS, row, strict=True))})" for row in after]
    execute(
        database,
        f"DROP TABLE IF EXISTS t; DROP TYPE IF EXISTS mood; {MOOD} CREATE TABLE t ({BODY});"
        + (f"INSERT INTO t VALUES {', '.join(lines)}" if lines else ""),
    )
    same = sum(min(before.count(row), after.count(row)) for row in {*before})
    with tempfile.TemporaryDirectory() as folder:
        found = only(one(Path(folder), table("t", COLUMNS), held), database)
    assert (found.added, found.removed, found.unchanged) == (len(after) - same, len(before) - same, same)


def test_a_collation_that_holds_different_texts_equal_makes_them_no_less_different(
    any_database: str, tmp_path: Path
) -> None:
    if not execute(any_database, "SELECT 1 FROM pg_collation WHERE collname = 'en-x-icu'"):
        pytest.skip("this Postgres is built without ICU")
    made = one(tmp_path, table("t", {"id": "text", "v": "text"}, key=["id"]), [("a", "x"), ("B", "y"), ("é", "z")])
    execute(
        any_database,
        "CREATE COLLATION loose (provider = icu, locale = 'und-u-ks-level1', deterministic = false);"
        "CREATE TABLE t (id text COLLATE loose PRIMARY KEY, v text COLLATE loose);"
        "INSERT INTO t VALUES ('A', 'x'), ('B', 'Y'), ('é', 'z')",
    )
    found = only(made, any_database)
    assert (found.added, found.removed, found.changed, found.unchanged) == (1, 1, 1, 1)


def test_every_version_shows_a_changed_row(any_database: str, tmp_path: Path) -> None:
    made = one(tmp_path, table("t", {"id": "integer", "v": "text"}, key=["id"]), [(1, "a"), (2, "b"), (3, None)])
    execute(
        any_database, "CREATE TABLE t (id int PRIMARY KEY, v text); INSERT INTO t VALUES (1, 'a'), (2, 'x'), (4, '')"
    )
    found = only(made, any_database, rows=9)
    assert (found.added, found.removed, found.changed, found.unchanged) == (1, 1, 1, 1)
    assert [(s.kind, s.key[0][1], dict(s.before).get("v"), dict(s.after).get("v")) for s in found.samples] == [
        (Kind.ADDED, 4, None, ""),
        (Kind.REMOVED, 3, None, None),
        (Kind.CHANGED, 2, "b", "x"),
    ]


@pytest.mark.parametrize("hashes", [0, 300, 2_000_000])
def test_a_restored_snapshot_is_identical_and_no_row_is_read(
    database: str, monkeypatch: pytest.MonkeyPatch, hashes: int
) -> None:
    monkeypatch.setattr("snap_restorer.live.side._HASHES", hashes)
    made = Store(ROOT).resolve("v1")
    restore(made, Target(database))
    with live_side(Target(database), made.manifest) as live:
        monkeypatch.setattr(type(live.tables[0].source), "select", None)
        assert compare(snapshot_side(made), live).identical


# --- dates that a restore moved

DATED = {
    "id": "date",
    "s": "timestamp without time zone",
    "z": "timestamp with time zone",
    "p": "timestamp(3) with time zone",
    "l": "date[]",
}
DATED_ROWS = [
    (day, day * 86_400_000_000, day * 86_400_000_000 + 1, f"202{day}-01-01 00:00:00+00", [day, None])
    for day in range(5)
]
DATED_SQL = "CREATE TABLE t (id date PRIMARY KEY, s timestamp, z timestamptz, p timestamptz(3), l date[])"


@pytest.mark.parametrize("days", [400, -400])
def test_dates_are_compared_where_the_snapshot_has_them(database: str, tmp_path: Path, days: int) -> None:
    made = one(tmp_path, table("t", DATED, key=["id"]), DATED_ROWS)
    execute(database, DATED_SQL)
    restore(made, Target(database), Request(as_of=dt.date(2026, 11, 22) + dt.timedelta(days)))
    assert only(made, database).identical
    execute(
        database,
        "UPDATE t SET s = s + '1 s' WHERE id = (SELECT min(id) FROM t);"
        "UPDATE t SET z = '-infinity', p = 'infinity', l = '{infinity}' WHERE id = (SELECT max(id) FROM t)",
    )
    found = only(made, database, rows=3)
    assert found.columns == (("s", 1), ("z", 1), ("p", 1), ("l", 1))
    first, last = found.samples
    assert (first.before, first.after) == ((("s", "1970-01-01 00:00:00"),), (("s", "1970-01-01 00:00:01"),))
    assert last.key == (("id", "1970-01-05"),)
    assert [new for _, new in last.after] == ["-infinity", "infinity", "{infinity}"]


def test_a_ledger_that_may_not_be_read_is_a_warning(pg: Server, database: str, tmp_path: Path, role: str) -> None:
    made = one(tmp_path, table("t", {"id": "date"}, key=["id"]), [(1,)])
    execute(database, "CREATE TABLE t (id date PRIMARY KEY)")
    restore(made, Target(database), Request(as_of=dt.date(2026, 11, 23)))
    execute(database, f"GRANT SELECT ON t TO {role}")
    heard = Heard()
    with live_side(Target(as_role(pg, database, role)), made.manifest, progress=heard) as live:
        assert compare(snapshot_side(made), live).tables[0].added == 1
    assert "may not read snap.ledger" in heard.warnings[0]


class Heard:
    def __init__(self) -> None:
        self.warnings: list[str] = []

    def start(self, name: str, total: int) -> None: ...
    def advance(self, name: str, amount: int) -> None: ...
    def note(self, text: str) -> None: ...
    def warn(self, text: str) -> None:
        self.warnings.append(text)


# --- what a column holds beyond its type, and types that are not the snapshot's

BEYOND = [
    ("date", 0, ["infinity", "-infinity", "0044-03-15 BC", "294276-12-31"]),
    ("timestamp without time zone", 0, ["infinity", "-infinity", "0044-03-15 BC", "294276-12-31 23:59:59.999999"]),
    ("timestamp with time zone", 0, ["infinity", "-infinity", "0044-03-15 00:00:00+00 BC"]),
    ("numeric(9,2)", Decimal(0), ["NaN"]),
    ("integer[]", [0], ["{{1,2},{3,4}}", "[2:3]={1,2}"]),
    ("timestamp with time zone[]", [0], ["{infinity}", "{0044-03-15 BC}"]),
]


@pytest.mark.parametrize(("of", "zero", "values"), BEYOND, ids=[of for of, *_ in BEYOND])
def test_a_value_beyond_the_snapshots_type_differs_alone(
    database: str, tmp_path: Path, of: str, zero: Any, values: list[str]
) -> None:
    made = one(tmp_path, table("t", {"id": "integer", "v": of}, key=["id"]), [(i, zero) for i in range(9)])
    text = {"integer[]": "{0}", "timestamp with time zone[]": "{epoch}"}.get(of, "0" if "numeric" in of else "epoch")
    execute(
        database,
        f"CREATE TABLE t (id int PRIMARY KEY, v {of}); INSERT INTO t SELECT i, '{text}' FROM generate_series(0, 8) i",
    )
    for i, value in enumerate(values):
        execute(database, f"UPDATE t SET v = '{value}' WHERE id = {i}")
    found = only(made, database, rows=9)
    assert (found.changed, found.unchanged) == (len(values), 9 - len(values))
    shown = [execute(database, f"SELECT format('%s', v) FROM t WHERE id = {i}")[0][0] for i in range(len(values))]
    printed = [sample.after[0][1] for sample in found.samples]
    assert [value.removesuffix(" 00:00:00") for value in printed] == [
        value.removesuffix(" 00:00:00") for value in shown
    ]


WIDER = [
    ("integer", "bigint", [(1, "1"), (None, "NULL")], "7"),
    ("bigint", "integer", [(1, "1"), (None, "NULL")], "7"),
    ("integer", "numeric", [(1, "1.00"), (2**31 - 1, "2147483647")], "1.5"),
    ("integer", "numeric(12,2)", [(1, "1")], "7"),
    ("numeric(9,2)", "numeric", [(Decimal("1.50"), "1.5000"), (Decimal(0), "0")], "1.501"),
    ("numeric(9,2)", "numeric(12,4)", [(Decimal("1.50"), "1.5")], "1.501"),
    ("numeric(9,2)", "integer", [(Decimal(2), "2")], "7"),
    ("real", "double precision", [(0.5, "0.5"), (float("nan"), "'nan'")], "0.1"),
    ("character varying(9)", "text", [("a", "'a'"), ("", "''")], "'A'"),
    ("text", "character varying(9)", [("a", "'a'")], "'A'"),
    ("character(3)", "character(5)", [("a  ", "'a'")], "'b'"),
    ("character(3)", "text", [("a  ", "'a  '")], "'a'"),
    ("text", "character(5)", [("a", "'a'")], "'b'"),
    ("text", "citext", [("a", "'a'"), ("A", "'A'")], "'b'"),
    ("text", "email", [("a", "'a'")], "'b'"),
    ("mood", "text", [("ok", "'ok'")], "'OK'"),
    ("text", "mood", [("ok", "'ok'")], "'sad'"),
    ("jsonb", "json", [('{"a": 1}', "'{\"a\": 1}'")], "'{\"a\":2}'"),
    ("json", "jsonb", [('{"a": 1}', "'{\"a\":1}'")], "'{\"a\":2}'"),
    ("timestamp(3) without time zone", "timestamp without time zone",
     [("2026-01-01 00:00:00.5", "'2026-01-01 00:00:00.5'")], "now()"),
    ("inet", "inet", [("10.0.0.1", "'10.0.0.1'"), ("10.0.0.1/8", "'10.0.0.1/8'")], "'10.0.0.1/9'"),
    ("text[]", "character varying(9)[]", [(["a", None], "'{a,NULL}'")], "'{b}'"),
    ("integer[]", "bigint[]", [([1, None], "'{1,NULL}'"), ([], "'{}'")], "'{2}'"),
]  # fmt: skip


@pytest.mark.parametrize(("ours", "theirs", "same", "other"), WIDER, ids=[f"{a} in {b}" for a, b, *_ in WIDER])
def test_values_compare_by_the_snapshots_type(
    database: str, tmp_path: Path, ours: str, theirs: str, same: list[tuple[Any, str]], other: str
) -> None:
    rows = [(i, value) for i, (value, _) in enumerate([*same, same[0]])]
    made = one(tmp_path, table("t", {"id": "integer", "v": ours}, key=["id"]), rows)
    lines = ", ".join(f"({i}, {sql})" for i, sql in enumerate([*(sql for _, sql in same), other]))
    execute(
        database,
        f"{MOOD} CREATE EXTENSION citext; CREATE DOMAIN email AS text;"
        f"CREATE TABLE t (id int PRIMARY KEY, v {theirs}); INSERT INTO t VALUES {lines}",
    )
    found = diff(made, database, rows=1)
    schema = [(change.what, change.before, change.after) for change in found.schema]
    assert schema == ([("type", ours, theirs)] if ours != theirs else [])
    [changes] = found.tables
    assert (changes.changed, changes.unchanged) == (1, len(same))
    assert changes.samples[0].key == (("id", len(same)),)


FOREIGN = [("integer", 1, "text", "'1'"), ("text", "1", "integer", "1"), ("uuid", bytes(16), "text", "'x'"),
           ("timestamp with time zone", 0, "timestamp without time zone", "'epoch'"),
           ("integer[]", [1], "text", "'{1}'"), ("bytea", b"1", "boolean", "true")]  # fmt: skip


@pytest.mark.parametrize(("ours", "value", "theirs", "sql"), FOREIGN[:1] + FOREIGN[2:])
def test_values_of_another_kind_are_never_equal_and_shown_as_text(
    database: str, tmp_path: Path, ours: str, value: Any, theirs: str, sql: str
) -> None:
    made = one(tmp_path, table("t", {"id": "integer", "v": ours}, key=["id"]), [(1, value), (2, None)])
    execute(database, f"CREATE TABLE t (id int PRIMARY KEY, v {theirs}); INSERT INTO t VALUES (1, {sql}), (2, NULL)")
    [found] = diff(made, database, rows=1).tables
    assert (found.changed, found.unchanged) == (1, 1)
    assert found.samples[0].after == (("v", execute(database, "SELECT format('%s', v) FROM t WHERE id = 1")[0][0]),)


def test_keys_of_another_type_name_the_same_rows(database: str, tmp_path: Path) -> None:
    made = one(tmp_path, table("t", {"id": "integer", "v": "text"}, key=["id"]), [(1, "a"), (2, "b"), (3, "c")])
    execute(
        database,
        "CREATE TABLE t (id numeric PRIMARY KEY, v text); INSERT INTO t VALUES (1.0, 'a'), (2, 'x'), (3.5, 'c')",
    )
    [found] = diff(made, database, rows=2).tables
    assert (found.added, found.removed, found.changed, found.unchanged) == (1, 1, 1, 1)
    assert found.samples[0].key == (("id", "3.5"),)
    assert found.samples[2].after == (("v", "x"),)


@pytest.mark.slow
def test_what_was_captured_is_identical_whatever_the_types(database: str, tmp_path: Path) -> None:
    kinds = [kind for kind in KINDS if not kind.wants and kind.type != "mood"]
    columns = ", ".join(f"c{i} {kind.type}" for i, kind in enumerate(kinds))
    execute(database, f'{MOOD} CREATE TABLE "Odd name" (); CREATE TABLE t (id int PRIMARY KEY, {columns})')
    execute(database, "INSERT INTO t SELECT i FROM generate_series(0, 20) i")
    for i, kind in enumerate(kinds):
        for row, value in enumerate((*kind.exact, *kind.beyond)):
            execute(database, f"UPDATE t SET c{i} = ({value})::{kind.type} WHERE id = {row}")
    for name in ("manifests", "snapshots"):
        (tmp_path / name).mkdir()
    store = Store(tmp_path)
    request = CaptureRequest(version="v1", mask_key=bytes(32), created="2026-11-23T00:00:00Z", environment=os.environ)
    capture(store, Target(database), request)
    made = store.resolve("v1")
    assert diff(made, database).identical
    execute(database, "DELETE FROM t WHERE id = 20")  # so that every row is read
    found = next(changes for changes in diff(made, database).tables if changes.name == "t")
    assert (found.removed, found.changed, found.unchanged) == (1, 0, 20)


# --- tables


def test_what_differs_in_the_schema_is_told_and_the_rest_compared(database: str, tmp_path: Path) -> None:
    tables = [
        table("gone", {"id": "integer"}, key=["id"]),
        table("kept", {"id": "integer", "v": "text", "w": "text"}, key=["id"]),
    ]
    made = snapshot(
        tmp_path, data(tmp_path, tables[0], [(1,), (2,)]), data(tmp_path, tables[1], [(1, "a", "b")]), enums=()
    )
    execute(
        database,
        "CREATE TABLE kept (id int PRIMARY KEY, v text NOT NULL, x int DEFAULT 1, UNIQUE (v));"
        "INSERT INTO kept VALUES (1, 'a'); CREATE TABLE outside (id int); CREATE TYPE own AS ENUM ('a');"
        "CREATE SCHEMA snap; CREATE TABLE snap.thing (id int); CREATE VIEW v AS SELECT 1",
    )
    found = diff(made, database)
    assert [(c.kind, c.what, c.table, c.name) for c in found.schema] == [
        ("removed", "table", "gone", ""),
        ("changed", "nullable", "kept", "v"),
        ("removed", "column", "kept", "w"),
        ("added", "column", "kept", "x"),
        ("added", "unique", "kept", ""),
    ]
    assert found.tables == (TableDiff(name="gone", removed=2), TableDiff(name="kept", unchanged=1))
    assert not found.identical


def test_a_column_more_does_not_make_rows_read(database: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    made = one(tmp_path, table("t", {"id": "integer", "v": "jsonb"}, key=["id"]), [(1, '{"a": 1}')])
    execute(
        database, "CREATE TABLE t (new int, v jsonb, id int PRIMARY KEY); INSERT INTO t VALUES (1, '{\"a\": 1}', 1)"
    )
    with live_side(Target(database), made.manifest) as live:
        monkeypatch.setattr(type(live.tables[0].source), "select", None)
        found = compare(snapshot_side(made), live)
    assert SchemaChange(kind=Kind.ADDED, what="column", table="t", name="new", after="integer") in found.schema
    assert found.tables == (TableDiff(name="t", unchanged=1),)


def test_a_key_that_is_gone_makes_rows_a_multiset(database: str, tmp_path: Path) -> None:
    made = one(tmp_path, table("t", {"id": "integer", "v": "text"}, key=["id"]), [(1, "a"), (2, "b")])
    execute(database, "CREATE TABLE t (id int NOT NULL, v text); INSERT INTO t VALUES (1, 'a'), (1, 'a'), (2, 'c')")
    found = diff(made, database, rows=5)
    assert [(c.what, c.before, c.after) for c in found.schema] == [("primary_key", "(id)", None)]
    [rows] = found.tables
    assert (rows.added, rows.removed, rows.changed, rows.unchanged) == (2, 1, 0, 1)


@pytest.mark.parametrize("there", [0, 2, 3])
def test_tables_without_columns_and_empty_ones(database: str, tmp_path: Path, there: int) -> None:
    bare, empty = table("bare", {}), table("empty", {"id": "integer"}, key=["id"])
    made = snapshot(tmp_path, data(tmp_path, bare, [(), ()]), data(tmp_path, empty, []), enums=())
    execute(database, "CREATE TABLE bare (); CREATE TABLE empty (id int PRIMARY KEY)")
    for _ in range(there):
        execute(database, "INSERT INTO bare DEFAULT VALUES")
    found = diff(made, database)
    assert found.tables[0] == TableDiff(
        name="bare", added=max(0, there - 2), removed=max(0, 2 - there), unchanged=min(2, there)
    )
    assert found.tables[1].identical


def test_partitions_go_with_their_parent_and_heirs_do_not(database: str, tmp_path: Path) -> None:
    tables = [table(name, {"id": "integer", "v": "text"}, key=["id"]) for name in ("heir", "parted", "parent")]
    made = snapshot(tmp_path, *(data(tmp_path, t, [(1, "a"), (5, "b")]) for t in tables), enums=())
    execute(
        database,
        "CREATE TABLE parted (id int PRIMARY KEY, v text) PARTITION BY RANGE (id);"
        "CREATE TABLE low PARTITION OF parted FOR VALUES FROM (0) TO (3);"
        "CREATE TABLE high PARTITION OF parted DEFAULT; INSERT INTO parted VALUES (1, 'a'), (5, 'x');"
        "CREATE TABLE parent (id int PRIMARY KEY, v text); INSERT INTO parent VALUES (1, 'a'), (5, 'y');"
        "CREATE TABLE heir (PRIMARY KEY (id)) INHERITS (parent); INSERT INTO heir VALUES (1, 'a'), (5, 'b')",
    )
    found = diff(made, database)
    assert found.schema == ()
    assert {t.name: (t.added, t.removed, t.changed, t.unchanged) for t in found.tables} == {
        "heir": (0, 0, 0, 2), "parted": (0, 0, 1, 1), "parent": (0, 0, 1, 1),
    }  # fmt: skip


# --- who reads, how, and what others do meanwhile


@pytest.fixture
def role(database: str) -> str:
    execute(database, "CREATE ROLE reader LOGIN")
    return "reader"


def as_role(pg: Server, database: str, role: str) -> str:
    return f"host={pg.socket} port={pg.port} user={role} dbname='{Target(database).parameters()['dbname']}'"


ONE = table("t", {"id": "integer", "v": "text"}, key=["id"])
ONE_SQL = "CREATE TABLE t (id int PRIMARY KEY, v text); INSERT INTO t VALUES (1, 'a'), (2, 'b');"


def test_row_security_is_an_error_and_never_a_short_read(pg: Server, database: str, tmp_path: Path, role: str) -> None:
    made = one(tmp_path, ONE, [(1, "a")])
    execute(
        database,
        ONE_SQL
        + "ALTER TABLE t ENABLE ROW LEVEL SECURITY; CREATE POLICY p ON t USING (id = 1); GRANT SELECT ON t TO reader",
    )
    with pytest.raises(TargetError, match=r"row-level security binds role reader, which would not see every row of t"):
        diff(made, as_role(pg, database, role))
    execute(database, "ALTER TABLE t OWNER TO reader")
    assert diff(made, as_role(pg, database, role)).tables[0].added == 1
    execute(database, "ALTER TABLE t FORCE ROW LEVEL SECURITY")
    with pytest.raises(TargetError, match="row-level security binds role reader") as caught:
        diff(made, as_role(pg, database, role))
    assert "BYPASSRLS" in caught.value.hint
    assert "--exclude" not in caught.value.hint


def test_a_table_that_may_not_be_read_is_an_error(pg: Server, database: str, tmp_path: Path, role: str) -> None:
    execute(database, ONE_SQL)
    with pytest.raises(TargetError, match="role reader may not read t") as caught:
        diff(one(tmp_path, ONE, []), as_role(pg, database, role))
    assert caught.value.hint == "grant SELECT on them"


def test_a_reader_who_owns_nothing_and_writes_nothing_will_do(
    pg: Server, database: str, tmp_path: Path, role: str
) -> None:
    execute(database, ONE_SQL + "GRANT SELECT ON t TO reader; ALTER ROLE reader SET default_transaction_read_only = on")
    assert diff(one(tmp_path, ONE, [(1, "a")]), as_role(pg, database, role)).tables[0].added == 1


def test_a_pooler_in_transaction_mode_is_a_way(database: str, tmp_path: Path, bouncer_port: int) -> None:
    execute(database, ONE_SQL)
    name = name_of(database)
    pooled = f"host=127.0.0.1 port={bouncer_port} user=postgres dbname='{name}'"
    for _ in range(2):
        found = only(one(tmp_path, ONE, [(1, "x"), (3, "c")]), pooled, rows=2)
        assert (found.added, found.removed, found.changed) == (1, 1, 1)
    with psycopg.connect(pooled, autocommit=True, prepare_threshold=None) as connection:
        assert connection.execute("SHOW TimeZone").fetchone() == connection.execute("SHOW TimeZone").fetchone()
        assert connection.execute("SHOW lock_timeout").fetchone() == ("0",)


def test_what_others_write_meanwhile_is_not_seen(database: str, tmp_path: Path) -> None:
    tables = [table(name, {"id": "integer", "v": "text"}, key=["id"]) for name in ("a", "b")]
    made = snapshot(tmp_path, *(data(tmp_path, t, [(1, "x"), (2, "y")]) for t in tables), enums=())
    for name in "ab":
        execute(
            database, f"CREATE TABLE {name} (id int PRIMARY KEY, v text); INSERT INTO {name} VALUES (1, 'x'), (2, 'z')"
        )
    with live_side(Target(database), made.manifest) as live:
        execute(database, "UPDATE a SET v = 'w'; DELETE FROM b WHERE id = 1; INSERT INTO b VALUES (9, 'n')")
        found = compare(snapshot_side(made), live, rows=3)
    assert [(t.added, t.removed, t.changed, t.unchanged) for t in found.tables] == [(0, 0, 1, 1)] * 2
    assert [t.samples[0].after for t in found.tables] == [(("v", "z"),)] * 2


def test_nobody_empties_a_table_that_is_being_compared(database: str, tmp_path: Path) -> None:
    execute(database, ONE_SQL)
    with live_side(Target(database), one(tmp_path, ONE, []).manifest), pytest.raises(psycopg.errors.LockNotAvailable):
        execute(database, "SET lock_timeout = '50ms'; TRUNCATE t")


@pytest.mark.parametrize("how", ["TRUNCATE t", "ALTER TABLE t ALTER v TYPE varchar(9)", "VACUUM FULL t"])
def test_a_table_emptied_before_it_was_held_is_an_error(database: str, how: str) -> None:
    execute(database, ONE_SQL)
    with open_reader(Target(database)) as reader:
        tables = read_database(reader).tables
        execute(database, how)
        with pytest.raises(TargetError, match="was emptied, rewritten or dropped by others") as caught:
            lock_tables(reader, tables)
    assert caught.value.hint == "run the command again"


def test_a_lock_of_others_is_waited_for_and_named(
    database: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("snap_restorer.live.side._LOCK_TIMEOUT", "50ms")
    execute(database, ONE_SQL)
    with psycopg.connect(database) as other:
        other.execute("LOCK TABLE t IN ACCESS EXCLUSIVE MODE")
        with pytest.raises(TargetError, match="lock held"):
            diff(one(tmp_path, ONE, []), database)


def test_a_session_that_ends_in_the_middle_is_a_service_error(database: str, tmp_path: Path) -> None:
    execute(database, ONE_SQL)
    made = one(tmp_path, ONE, [(1, "x"), (2, "b")])
    with live_side(Target(database), made.manifest) as live:
        execute(
            database,
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() "
            "AND pid <> pg_backend_pid()",
        )
        with pytest.raises(ServiceError):
            compare(snapshot_side(made), live)


def test_text_that_is_no_utf8_names_its_table(pg: Server, tmp_path: Path) -> None:
    execute(pg.url("postgres"), "DROP DATABASE IF EXISTS ascii")
    execute(pg.url("postgres"), "CREATE DATABASE ascii ENCODING 'SQL_ASCII' LOCALE 'C' TEMPLATE template0")
    try:
        url = pg.url("ascii")
        execute(url, "SET client_encoding = 'SQL_ASCII'; CREATE TABLE t (id int PRIMARY KEY, v text);"
                     "INSERT INTO t VALUES (1, E'\\xff')")  # fmt: skip
        with pytest.raises(TargetError, match=r"table t holds text that is no UTF-8"):
            diff(one(tmp_path, ONE, []), url)
    finally:
        execute(pg.url("postgres"), "DROP DATABASE ascii WITH (FORCE)")
