"""Test live tables whose definition differs from the snapshot: the difference is reported, the rest compared."""

from __future__ import annotations

from pathlib import Path

import pytest

from snap.compare import Kind, SchemaChange, TableDiff, compare, snapshot_side
from snap_restorer import Target
from snap_restorer.live.reader import open_reader
from snap_restorer.live.side import live_side
from snap_restorer.live.tables import read_database
from tests.cases.diffs import data, one, snapshot, table
from tests.cases.live_diffs import diff
from tests.postgres import execute


@pytest.mark.slow
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
    assert found.tables == (
        TableDiff(name="gone", removed=2),
        TableDiff(name="kept", unchanged=1, compared=("id", "v"), left_out=("w", "x")),
    )
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
    assert found.tables == (TableDiff(name="t", unchanged=1, compared=("id", "v"), left_out=("new",)),)


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


def test_the_columns_in_the_expression_of_a_generated_column_are_known(any_database: str) -> None:
    execute(
        any_database,
        "CREATE TABLE t (a text, b text, c text GENERATED ALWAYS AS (b || a) STORED, e int DEFAULT 3,"
        "d text GENERATED ALWAYS AS ('x') STORED, f text GENERATED ALWAYS AS (b || b) STORED)",
    )
    with open_reader(Target(any_database)) as reader:
        (live,) = read_database(reader).tables
    assert live.computed == {"c": ("a", "b"), "d": (), "f": ("b",)}
