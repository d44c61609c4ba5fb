"""Test a diff with a live database: each edit is found for every kind of key, and nothing else."""

from __future__ import annotations

import datetime as dt
import tempfile
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path
from typing import Any

import psycopg
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from snap.compare import Kind, TableDiff, compare, snapshot_side
from snap.errors import ServiceError, TargetError
from snap.store import Store
from snap_restorer import Server, Target, restore
from snap_restorer.live.reader import open_reader
from snap_restorer.live.side import live_side
from snap_restorer.live.tables import lock_tables, read_database
from snap_restorer.request import Request
from tests.cases.diffs import data, one, snapshot, table
from tests.cases.live_diffs import MOOD, diff, only
from tests.params import examples, few
from tests.paths import ROOT
from tests.postgres import execute, name_of

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
BODY = ", ".join(f"{name} {pg}" for name, pg in COLUMNS.items())


def key_text(number: int) -> str:
    """Return a text by its number, from texts that collations order differently or treat as equal."""
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


@pytest.mark.slow
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


@pytest.mark.slow
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


@pytest.mark.slow
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


@pytest.mark.slow
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


# --- who reads, how, and what others do meanwhile


@pytest.fixture
def role(database: str) -> str:
    execute(database, "CREATE ROLE reader LOGIN")
    return "reader"


def as_role(pg: Server, database: str, role: str) -> str:
    return f"host={pg.socket} port={pg.port} user={role} dbname='{Target(database).parameters()['dbname']}'"


ONE = table("t", {"id": "integer", "v": "text"}, key=["id"])
ONE_SQL = "CREATE TABLE t (id int PRIMARY KEY, v text); INSERT INTO t VALUES (1, 'a'), (2, 'b');"


@pytest.mark.slow
def test_row_security_is_an_error_and_never_a_short_read(pg: Server, database: str, tmp_path: Path, role: str) -> None:
    made = one(tmp_path, ONE, [(1, "a")])
    execute(
        database,
        ONE_SQL
        + "ALTER TABLE t ENABLE ROW LEVEL SECURITY; CREATE POLICY p ON t USING (id = 1); GRANT SELECT ON t TO reader",
    )
    with pytest.raises(
        TargetError, match=r"row-level security applies to role reader, which would not see every row of t"
    ):
        diff(made, as_role(pg, database, role))
    execute(database, "ALTER TABLE t OWNER TO reader")
    assert diff(made, as_role(pg, database, role)).tables[0].added == 1
    execute(database, "ALTER TABLE t FORCE ROW LEVEL SECURITY")
    with pytest.raises(TargetError, match="row-level security applies to role reader") as caught:
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


@pytest.mark.slow
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


@pytest.mark.slow
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
        with pytest.raises(TargetError, match="was emptied, rewritten or dropped by another session") as caught:
            lock_tables(reader, tables)
    assert caught.value.hint == "run the command again"


def test_a_lock_of_others_is_waited_for_and_named(
    database: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("snap_restorer.live.reader.milliseconds", lambda seconds: 50)
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
        with pytest.raises(TargetError, match=r"table t holds text that is not UTF-8"):
            diff(one(tmp_path, ONE, []), url)
    finally:
        execute(pg.url("postgres"), "DROP DATABASE ascii WITH (FORCE)")
