"""Test the overview of whole snapshots: fan-out, rows that reference each other, odd names, missing files."""

from __future__ import annotations

import hashlib
from dataclasses import replace
from pathlib import Path

import pytest

from snap.errors import SnapshotError
from snap.overview import overview_of
from snap.schema import ForeignKey, Table
from snap.store import Store
from tests.cases import toy
from tests.cases.snapshots import Rows, snapshot, table


def referring(child: Table, columns: tuple[str, ...], references: str, to: tuple[str, ...]) -> Table:
    key = ForeignKey(columns=columns, references=references, to=to)
    return replace(child, foreign_keys=(*child.foreign_keys, key))


def test_fan_out_counts_the_rows_of_every_parent(tmp_path: Path) -> None:
    parent = replace(table("p", ("id", "integer")), primary_key=("id",))
    child = referring(table("c", ("order", "bigint")), ("order",), "p", ("id",))
    rows: Rows = [(1,)] * 3 + [(2,), (None,)]
    shot = snapshot(tmp_path, [(parent, [(number,) for number in range(20)]), (child, rows)], "")
    (fan,) = overview_of(shot).tables[1].fan_outs
    assert (fan.parents, fan.childless, fan.least, fan.median, fan.p95, fan.most) == (20, 18, 0, 0, 1, 3)


def test_a_reference_of_two_columns_counts_rows_that_have_both(tmp_path: Path) -> None:
    parent = table("p", ("a", "integer"), ("b", "text"))
    child = referring(table("c", ("x", "text"), ("y", "integer")), ("y", "x"), "p", ("a", "b"))
    shot = snapshot(tmp_path, [(parent, [(1, "u"), (2, "u")]), (child, [("u", 1), ("u", None), (None, 1)])], "")
    (fan,) = overview_of(shot).tables[1].fan_outs
    assert (fan.parents, fan.childless, fan.most) == (2, 1, 1)


def test_a_parent_that_is_not_in_the_snapshot_has_no_fan_out(tmp_path: Path) -> None:
    child = referring(table("c", ("x", "text")), ("x",), "elsewhere.p", ("id",))
    (found,) = overview_of(snapshot(tmp_path, [(child, [("a",)])], "")).tables
    assert found.fan_outs == ()


def test_a_reference_to_no_row_at_all_is_counted(tmp_path: Path) -> None:
    parent, child = table("p", ("id", "integer")), referring(table("c", ("p", "integer")), ("p",), "p", ("id",))
    (fan,) = overview_of(snapshot(tmp_path, [(parent, []), (child, [])], "")).tables[1].fan_outs
    assert (fan.parents, fan.childless, fan.most) == (0, 0, 0)


def test_rows_are_shown_that_name_rows_which_are_shown(tmp_path: Path) -> None:
    parent = replace(table("p", ("id", "integer"), ("note", "text")), primary_key=("id",))
    child = replace(
        referring(table("c", ("id", "integer"), ("p", "integer")), ("p",), "p", ("id",)), primary_key=("id",)
    )
    parents: Rows = [(number, "x" * 99) for number in range(50)]
    children: Rows = [(number, 49 - number % 50) for number in range(100)]
    shot = snapshot(tmp_path, [(child, children), (parent, parents)], "")
    shown, of_parents = overview_of(shot).tables
    assert of_parents.samples[0] == ("0", "x" * 59 + "…")
    assert [row[0] for row in of_parents.samples] == ["0", "1", "2", "3", "4"]
    assert {row[1] for row in shown.samples} <= {"0", "1", "2", "3", "4"}
    assert len(shown.samples) == 5


def test_names_that_duckdb_confuses_stay_apart(tmp_path: Path) -> None:
    names = [("Order", "main"), ("order", "main"), ("order", "public"), ('a"b', "temp")]
    tables = [
        (table(name, ("count", "integer"), ("Count", "text"), schema=schema), [(number, "x")])
        for number, (name, schema) in enumerate(names)
    ]
    found = overview_of(snapshot(tmp_path, tables, "")).tables
    assert [(each.table.name, each.table.schema) for each in found] == names
    assert [each.samples for each in found] == [((str(number), "x"),) for number in range(len(names))]
    assert [[column.column.name for column in each.columns] for each in found] == [["count", "Count"]] * len(names)


def test_a_table_without_stored_columns_has_nothing_to_show(tmp_path: Path) -> None:
    bare = table("t", ("g", "text"), generated=["g"])
    (found,) = overview_of(snapshot(tmp_path, [(bare, [(), ()])], "")).tables
    assert (found.columns, found.samples) == ((), ())


@pytest.mark.parametrize("missing", [True, False])
def test_a_file_that_is_missing_or_altered_is_named(tmp_path: Path, missing: bool) -> None:
    shot = toy.publish(Store(tmp_path), "v1")
    file = shot.path(shot.manifest.tables[0].files[0])
    file.unlink() if missing else file.write_bytes(file.read_bytes()[:-1] + b"x")
    with pytest.raises(
        SnapshotError, match=r"snapshot v1 is corrupt: crew/part-0000\.parquet (is missing|was altered)"
    ):
        overview_of(shot)


def test_rows_that_duckdb_cannot_read_are_an_error_and_a_hint(tmp_path: Path) -> None:
    """The file's hash matches the manifest, but the file is not Parquet."""
    shot = toy.publish(Store(tmp_path), "v1")
    data = shot.manifest.tables[0]
    bad = b"no parquet"
    shot.path(data.files[0]).write_bytes(bad)
    file = replace(data.files[0], bytes=len(bad), sha256=hashlib.sha256(bad).hexdigest())
    tables = (replace(data, files=(file, *data.files[1:])), *shot.manifest.tables[1:])
    with pytest.raises(SnapshotError, match="the rows of v1 cannot be described") as caught:
        overview_of(replace(shot, manifest=replace(shot.manifest, tables=tables)))
    assert "snap check v1" in caught.value.hint
