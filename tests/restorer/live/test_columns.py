"""Test values of a live database, of every type: equal values compare equal, and different ones do not."""

from __future__ import annotations

import os
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from snap.store import Store
from snap_restorer import Target
from snap_restorer.live.capture import CaptureRequest, capture
from tests.cases.diffs import one, table
from tests.cases.kinds import KINDS
from tests.cases.live_diffs import MOOD, diff, only
from tests.params import few
from tests.postgres import execute


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


BEYOND = [
    ("date", 0, ["infinity", "-infinity", "0044-03-15 BC", "294276-12-31"]),
    ("timestamp without time zone", 0, ["infinity", "-infinity", "0044-03-15 BC", "294276-12-31 23:59:59.999999"]),
    ("timestamp with time zone", 0, ["infinity", "-infinity", "0044-03-15 00:00:00+00 BC"]),
    ("numeric(9,2)", Decimal(0), ["NaN"]),
    ("integer[]", [0], ["{{1,2},{3,4}}", "[2:3]={1,2}"]),
    ("timestamp with time zone[]", [0], ["{infinity}", "{0044-03-15 BC}"]),
]


@pytest.mark.slow
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


@pytest.mark.parametrize(("ours", "theirs", "same", "other"), few(WIDER, 8), ids=[f"{a} in {b}" for a, b, *_ in WIDER])
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


@pytest.mark.slow
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
