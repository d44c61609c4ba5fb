"""Test comparing three sides: the changes that two sides made to their common origin, and where these collide."""

from __future__ import annotations

import tempfile
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from snap.compare import Collision, Kind, TableDiff, compare, compare_three, snapshot_side
from tests.cases.diffs import data, one, snapshot, table

DEFINITION = table("t", {"id": "bigint", "x": "text", "y": "integer"}, key=["id"])
ORIGIN = [(1, "a", 1), (2, "b", 2), (3, "c", 3)]


def three(folder, version, database, *, definitions=(DEFINITION,) * 3, origin=ORIGIN, rows=9, **cut):
    sides = [
        snapshot_side(one(folder, definition, content, version=name, **cut))
        for name, definition, content in zip("abc", definitions, (origin, version, database), strict=True)
    ]
    return compare_three(*sides, rows=rows)


def edited(**rows):
    """Return the origin's rows with some replaced (r2=(...)), removed (r2=None) or added."""
    content = {row[0]: row for row in ORIGIN} | {int(name[1:]): row for name, row in rows.items()}
    return [row for _, row in sorted(content.items()) if row is not None]


def collision(key, version, database, *columns):
    return Collision(key=(("id", key),), version=Kind(version), database=Kind(database), columns=columns)


CASES = pytest.mark.parametrize(
    ("version", "database", "found"),
    [
        ({"r2": (2, "v", 2)}, {"r2": (2, "d", 2)}, [collision(2, "changed", "changed", ("x", "b", "v", "d"))]),
        ({"r2": (2, "v", 2)}, {"r2": (2, None, 2)}, [collision(2, "changed", "changed", ("x", "b", "v", None))]),
        ({"r2": (2, "v", 9)}, {"r2": (2, "d", 9)}, [collision(2, "changed", "changed", ("x", "b", "v", "d"))]),
        ({"r2": None}, {"r2": (2, "d", 2)}, [collision(2, "removed", "changed", ("x", "b", None, "d"))]),
        ({"r2": (2, "v", 9)}, {"r2": None},
         [collision(2, "changed", "removed", ("x", "b", "v", None), ("y", 2, 9, None))]),
        ({"r9": (9, "v", 9)}, {"r9": (9, "d", 9)}, [collision(9, "added", "added", ("x", None, "v", "d"))]),
        ({"r2": (2, "v", 2)}, {"r2": (2, "v", 2)}, []),
        ({"r2": (2, "v", 2)}, {"r2": (2, "b", 9)}, []),
        ({"r2": None}, {"r2": None}, []),
        ({"r9": (9, "v", 9)}, {"r9": (9, "v", 9)}, []),
        ({"r1": (1, "v", 1), "r8": (8, "v", 8)}, {"r2": (2, "d", 2), "r3": None, "r9": (9, "d", 9)}, []),
        ({}, {"r2": (2, "d", 2)}, []),
    ],
    ids=["values", "null", "one column of two", "removed there", "removed here", "added", "alike", "other columns",
         "both removed", "added alike", "other rows", "one side only"],
)  # fmt: skip


@CASES
def test_each_collision_is_told_and_nothing_else_is_one(tmp_path, version, database, found):
    [told] = three(tmp_path, edited(**version), edited(**database)).tables
    assert told.samples == tuple(found)
    assert told.collisions == len(found)


@pytest.mark.slow
@CASES
def test_they_collide_from_the_other_side_too(tmp_path, version, database, found):
    [told] = three(tmp_path, edited(**database), edited(**version)).tables
    assert told.collisions == len(found)


def test_both_sides_are_told_as_alone(tmp_path):
    found = three(tmp_path, edited(r2=(2, "v", 2), r9=(9, "v", 9)), edited(r1=None, r2=(2, "d", 0)))
    [told] = found.tables
    assert told.version == TableDiff(
        name="t", added=1, changed=1, unchanged=2, columns=(("x", 1),), samples=told.version.samples
    )
    assert (told.database.removed, told.database.changed, told.database.columns) == (1, 1, (("x", 1), ("y", 1)))
    assert not found.identical
    assert [sample.kind for sample in told.version.samples] == ["added", "changed"]


def test_three_alike_are_identical(tmp_path):
    assert three(tmp_path, ORIGIN, ORIGIN[::-1]).identical
    assert not three(tmp_path / "other", edited(r1=None), edited(r1=None)).identical


@pytest.mark.slow
def test_more_collisions_than_asked_for_are_counted_and_come_in_the_order_of_the_key(tmp_path):
    origin = [(i, "o", i) for i in range(50)]
    moved = [[(i, letter, i) for i in range(50, -1, -1)] for letter in "vd"]
    [told] = three(tmp_path, *moved, origin=origin, rows=2, group=7).tables
    assert told.collisions == 51
    assert [sample.key[0][1] for sample in told.samples] == [0, 1]
    [told] = three(tmp_path / "none", *moved, origin=origin, rows=0).tables
    assert (told.collisions, told.samples) == (51, ())


@pytest.mark.slow
def test_keys_and_columns_of_other_types_meet(tmp_path):
    other = table("t", {"y": "numeric(9,2)", "id": "integer", "x": "character varying(9)"}, key=["id"])
    wide = table("t", {"id": "smallint", "x": "text", "y": "numeric(5,1)", "new": "text"}, key=["id"])
    [told] = three(
        tmp_path,
        [(5, 1, "v"), (2, 2, "b"), (7, 9, "v")],
        [(1, "d", 5, "n"), (3, "c", 3, "n"), (9, "w", 7, "n")],
        definitions=(table("t", {"id": "bigint", "x": "text", "y": "numeric(9,1)"}, key=["id"]), other, wide),
    ).tables
    assert told.samples == (
        collision(1, "changed", "changed", ("x", "a", "v", "d")),
        collision(9, "added", "added", ("x", None, "v", "w")),
    )


def test_a_table_that_one_drops_collides_with_what_the_other_changes_in_it(tmp_path):
    a = snapshot_side(one(tmp_path, DEFINITION, ORIGIN, version="a"))
    b = snapshot_side(snapshot(tmp_path / "b", version="b"))
    c = snapshot_side(one(tmp_path, DEFINITION, edited(r1=(1, "d", 1), r2=None), version="c"))
    found = compare_three(a, b, c, rows=1)
    assert [(t.version.removed, t.database.changed, t.collisions) for t in found.tables] == [(3, 1, 1)]
    assert [change.what for change in found.version_schema] == ["table"]
    assert found.database_schema == ()


def test_a_table_that_both_add_collides_where_its_rows_differ(tmp_path):
    a = snapshot_side(snapshot(tmp_path / "a", version="a"))
    b, c = (
        snapshot_side(one(tmp_path, DEFINITION, rows, version=name))
        for name, rows in (("b", ORIGIN), ("c", edited(r1=(1, "d", 1), r9=(9, "d", 9))))
    )
    [told] = compare_three(a, b, c).tables
    assert (told.version.added, told.database.added, told.collisions) == (3, 4, 1)


def test_rows_without_a_key_do_not_collide(tmp_path):
    bare = table("t", {"id": "bigint", "x": "text", "y": "integer"})
    [told] = three(
        tmp_path, edited(r2=(2, "v", 2)), edited(r2=(2, "d", 2)), definitions=(DEFINITION, DEFINITION, bare)
    ).tables
    assert (told.version.changed, told.database.added, told.database.removed, told.collisions) == (1, 1, 1, 0)


def test_several_tables_of_any_side_come_once(tmp_path):
    made = {name: table(name, {"id": "bigint"}, key=["id"]) for name in "pqr"}
    sides = [
        snapshot_side(
            snapshot(tmp_path / v, *(data(tmp_path / v, made[name], [(1,)]) for name in names), version=v)
        )
        for v, names in (("a", "pq"), ("b", "qr"), ("c", "p"))
    ]  # fmt: skip
    assert [told.name for told in compare_three(*sides).tables] == ["p", "q", "r"]


ROWS = st.dictionaries(st.integers(0, 7), st.tuples(st.sampled_from([None, "a", "b"]), st.integers(0, 2)), max_size=7)


@pytest.mark.slow
@settings(max_examples=25)
@given(ROWS, ROWS, ROWS, st.integers(1, 5))
def test_a_three_way_diff_is_two_diffs_and_the_rows_where_they_collide(origin, version, database, group):
    def collides(key):
        o, v, d = origin.get(key), version.get(key), database.get(key)
        if v in (o, d) or d == o:
            return False
        if o is None or v is None or d is None:
            return True
        return any(v[i] != o[i] and d[i] != o[i] and v[i] != d[i] for i in range(2))

    with tempfile.TemporaryDirectory() as folder:
        sides = [
            snapshot_side(one(Path(folder), DEFINITION, [(k, *r) for k, r in rows.items()], version=v, group=group))
            for v, rows in zip("abc", (origin, version, database), strict=True)
        ]
        [told] = compare_three(*sides, rows=99).tables
        alone = [compare(sides[0], side, rows=99).tables[0] for side in sides[1:]]
    wanted = {key for key in origin | version | database if collides(key)}
    assert [told.version, told.database] == alone
    assert told.collisions == len(wanted)
    assert {sample.key[0][1] for sample in told.samples} == wanted
