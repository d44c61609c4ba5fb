"""Test the comparison of snapshots: it reports exactly the edits, whatever files hold the rows."""

import datetime as dt
import tempfile
from dataclasses import replace
from decimal import Decimal
from pathlib import Path
from uuid import UUID

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from snap.compare import Kind, TableDiff, TableSide, compare, compare_rows, snapshot_side
from snap.compare.samples import samples
from snap.duck import open_engine, quote
from snap.errors import ServiceError, SnapshotError
from tests.cases.diffs import data, one, snapshot, table
from tests.cases.snapshots import record_batch
from tests.params import examples, few

KEY = st.integers(0, 30)
VALUES = st.tuples(
    st.none() | st.sampled_from(["", "a", "A", "é", "NULL"]),
    st.none() | st.sampled_from([0.0, -0.0, 1.5, float("nan"), float("inf")]),
    st.none() | st.lists(st.none() | st.integers(0, 2), max_size=2),
    st.none() | st.sampled_from([Decimal("1.10"), Decimal("0.00"), Decimal("-0.01")]),
    st.none()
    | st.builds(lambda m, d: {"months": m, "days": d, "microseconds": 0}, st.integers(0, 1), st.integers(0, 30)),
)
COLUMNS = {"t": "text", "f": "double precision", "l": "integer[]", "d": "numeric(8,2)", "i": "interval"}
SIMPLE = table("simple", {"id": "bigint", **COLUMNS}, key=["id"])
COMPOSITE = table("composite", {"a": "text", **COLUMNS, "b": "uuid"}, key=["b", "a"])
UNIQUE = table("unique", {**COLUMNS, "u": "text"}, unique=[["t"], ["u"]], required=["u"])
KEYS = {
    "simple": lambda number, values: (number, *values),
    "composite": lambda number, values: ("aé"[number % 2], *values, number.to_bytes(16, "big")),
    "unique": lambda number, values: (*values, chr(0x41 + number)),
}
CUTS = st.lists(st.integers(0, 31), max_size=3)


def equal(a, b):
    """Return whether two values drawn here are equal by docs/format.md, computed in Python."""
    if isinstance(a, float) and isinstance(b, float):
        return a == b or (a != a and b != b)
    return a == b


def differing(old, new):
    return [name for name, a, b in zip(COLUMNS, old, new, strict=True) if not equal(a, b)]


def expected(name, before, after):
    common = before.keys() & after.keys()
    moved = [column for key in common for column in differing(before[key], after[key])]
    changed = sum(bool(differing(before[key], after[key])) for key in common)
    return TableDiff(
        name=name,
        added=len(after.keys() - before.keys()),
        removed=len(before.keys() - after.keys()),
        changed=changed,
        unchanged=len(common) - changed,
        columns=tuple((column, moved.count(column)) for column in COLUMNS if column in moved),
    )


@pytest.mark.slow
@pytest.mark.parametrize("definition", few([COMPOSITE, SIMPLE, UNIQUE], 1), ids=lambda it: it.name)
@examples(8, 20)
@given(drawn=st.data())
def test_a_diff_is_exactly_the_edits(definition, drawn):
    before = drawn.draw(st.dictionaries(KEY, VALUES, max_size=20))
    edits = drawn.draw(st.dictionaries(KEY, st.none() | VALUES, max_size=6))
    after = {key: row for key, row in (before | edits).items() if row is not None}
    make = KEYS[definition.name]
    rows = [[make(*item) for item in side.items()] for side in (before, after)]
    rows[1] = drawn.draw(st.sampled_from([rows[1], rows[1][::-1]]))
    with tempfile.TemporaryDirectory() as name:
        a, b = (
            snapshot_side(
                one(
                    Path(name), definition, side, version=version,
                    parts=drawn.draw(CUTS), group=drawn.draw(st.integers(1, 40)),
                )
            )
            for version, side in zip(("a", "b"), rows, strict=True)
        )  # fmt: skip
        [there] = compare(a, b).tables
        [back] = compare(b, a).tables
        [self_] = compare(a, a).tables
    wanted = expected(definition.name, before, after)
    assert there == wanted
    assert back == expected(definition.name, after, before)
    assert (back.added, back.removed) == (wanted.removed, wanted.added)
    assert self_ == TableDiff(name=definition.name, unchanged=len(before))


@pytest.mark.slow
@settings(max_examples=20)
@given(
    st.lists(VALUES, max_size=10),
    st.lists(VALUES, max_size=10),
    st.lists(VALUES, max_size=6),
    CUTS,
    CUTS,
    st.integers(1, 20),
)
def test_rows_without_a_key_are_a_multiset(only_a, only_b, both, cut_a, cut_b, group):
    definition = table("rows", COLUMNS)

    def count(rows):
        counted = {}
        for row in rows:
            plain = tuple(
                "nan" if value != value else tuple(value) if isinstance(value, list) else str(sorted(value.items()))
                if isinstance(value, dict) else value for value in row
            )  # fmt: skip
            counted[plain] = counted.get(plain, 0) + 1
        return counted

    a_rows, b_rows = only_a + both, both + only_b
    ours, theirs = count(a_rows), count(b_rows)
    added = sum(max(0, n - ours.get(row, 0)) for row, n in theirs.items())
    removed = sum(max(0, n - theirs.get(row, 0)) for row, n in ours.items())
    with tempfile.TemporaryDirectory() as name:
        a = one(Path(name), definition, a_rows, version="a", parts=cut_a, group=group)
        b = one(Path(name), definition, b_rows, version="b", parts=cut_b, group=group)
        [found] = compare(snapshot_side(a), snapshot_side(b), rows=100).tables
    assert (found.added, found.removed, found.changed) == (added, removed, 0)
    assert found.unchanged == len(a_rows) - removed
    assert sum(s.count for s in found.samples if s.kind is Kind.ADDED) == added


def _pair(tmp_path, a, a_rows, b=None, b_rows=None, **options):
    sides = (
        one(tmp_path, a, a_rows, version="a", **options),
        one(tmp_path, b or a, a_rows if b_rows is None else b_rows, version="b", **options),
    )
    return tuple(map(snapshot_side, sides))


def test_a_changed_key_is_one_added_and_one_removed(tmp_path):
    definition = table("t", {"id": "uuid", "v": "text"}, key=["id"])
    a, b = _pair(tmp_path, definition, [(bytes(16), "x")], b_rows=[(bytes(15) + b"\1", "x")])
    assert compare(a, b).tables == (TableDiff(name="t", added=1, removed=1),)


def test_names_that_differ_only_in_case_or_hold_dots_and_quotes_are_columns_like_others(tmp_path):
    names = {"id": "bigint", "ID": "bigint", 'a".b': "text", "a": "integer[]", "": "text"}
    definition = table('T."x', names, key=["ID"])
    a, b = _pair(
        tmp_path, definition, [(1, 7, "x", [1], "e"), (1, 8, "x", [1], "e")],
        b_rows=[(2, 7, "x", [1], "e"), (1, 8, "y", [1], "e")],
    )  # fmt: skip
    [found] = compare(a, b, rows=9).tables
    assert found.columns == (("id", 1), ('a".b', 1))
    assert [sample.after for sample in found.samples] == [(("id", 2),), (('a".b', "y"),)]


def test_a_type_that_holds_the_same_values_changes_the_schema_and_no_row(tmp_path):
    old = table("t", {"id": "integer", "n": "smallint", "s": "mood", "d": "numeric(8,2)", "f": "real"}, key=["id"])
    new = table(
        "t", {"id": "bigint", "n": "integer", "s": "text", "d": "numeric(9,4)", "f": "double precision"}, key=["id"]
    )
    rows = [(1, 2, "ok", Decimal("1.5"), 0.5), (2, None, None, Decimal(100), float("nan")), (3, 3, "sad", None, -0.0)]
    a, b = _pair(tmp_path, old, rows, new, [(3, 3, "sad", None, 0.0), *rows[:2]])
    found = compare(a, b)
    assert [(change.what, change.name) for change in found.schema] == [
        ("type", name) for name in ["id", "n", "s", "d", "f"]
    ]
    assert not found.identical
    assert found.tables == (TableDiff(name="t", unchanged=3),)


def test_a_day_is_not_24_hours(tmp_path):
    definition = table("t", {"id": "bigint", "i": "interval"}, key=["id"])
    day = {"months": 0, "days": 1, "microseconds": 0}
    hours = {"months": 0, "days": 0, "microseconds": 24 * 3600 * 10**6}
    a, b = _pair(tmp_path, definition, [(1, day)], b_rows=[(1, hours)])
    [found] = compare(a, b, rows=1).tables
    assert found.columns == (("i", 1),)
    assert found.samples[0].before != found.samples[0].after


def test_texts_that_duckdbs_hash_does_not_tell_apart_differ(tmp_path):
    definition = table("t", {"id": "bigint", "s": "text"}, key=["id"])
    old = [(i, f"{'a' * 7}x{'b' * 7}x{i:08}") for i in range(3000)]
    new = [(i, text.replace("x", "X")) for i, text in old]
    a, b = _pair(tmp_path, definition, old, b_rows=new)
    assert compare(a, b).tables[0].changed == 3000


def test_columns_of_one_side_only_are_of_the_schema_and_the_others_are_compared(tmp_path):
    a, b = _pair(
        tmp_path,
        table("t", {"id": "bigint", "old": "text", "v": "text"}, key=["id"]), [(1, "x", "a"), (2, "x", "b")],
        table("t", {"id": "bigint", "v": "text", "new": "text"}, key=["id"]), [(2, "b", None), (1, "c", None)],
    )  # fmt: skip
    found = compare(a, b)
    assert [(change.kind, change.what, change.name) for change in found.schema] == [
        ("removed", "column", "old"),
        ("added", "column", "new"),
    ]
    assert found.tables == (
        TableDiff(name="t", changed=1, unchanged=1, columns=(("v", 1),), compared=("id", "v"), left_out=("old", "new")),
    )


def test_columns_in_another_order_are_the_same_columns(tmp_path):
    a, b = _pair(
        tmp_path,
        table("t", {"id": "bigint", "x": "text", "y": "text"}, key=["id"]), [(1, "x", "y")],
        table("t", {"y": "text", "id": "bigint", "x": "text"}, key=["id"]), [("y", 1, "x")],
    )  # fmt: skip
    assert compare(a, b).identical


def test_tables_of_one_side_only_count_all_their_rows(tmp_path):
    ours, theirs = (table(name, {"id": "bigint"}, key=["id"]) for name in ("old", "new"))
    a, b = _pair(tmp_path, ours, [(1,), (2,)], theirs, [(1,)])
    assert compare(a, b).tables == (TableDiff(name="old", removed=2), TableDiff(name="new", added=1))


@pytest.mark.parametrize(("rows", "other"), [(3, 5), (5, 3), (2, 2), (0, 1)])
def test_tables_without_columns_have_rows_all_the_same(tmp_path, rows, other):
    a, b = _pair(tmp_path, table("t", {}), [()] * rows, b_rows=[()] * other)
    [found] = compare(a, b, rows=3).tables
    assert (found.added, found.removed) == (max(0, other - rows), max(0, rows - other))
    assert found.unchanged == min(rows, other)


def test_empty_tables_compare(tmp_path):
    definition = table("t", {"id": "bigint", "v": "text"}, key=["id"])
    a, b = _pair(tmp_path, definition, [], b_rows=[(1, "x")])
    assert compare(a, b).tables == (TableDiff(name="t", added=1),)
    assert compare(b, a).tables == (TableDiff(name="t", removed=1),)
    assert compare(a, a).identical


@pytest.mark.parametrize(
    "kind", ["uuid", "jsonb", "json", "numeric(8,2)", "timestamp with time zone", "interval", "inet"]
)
def test_empty_tables_with_arrays_compare(tmp_path, kind):
    definition = table("t", {"id": "bigint", "v": kind + "[]"}, key=["id"])
    empty, full = _pair(tmp_path, definition, [], b_rows=[(1, None)])
    assert compare(empty, empty).identical
    assert compare(empty, full).tables == (TableDiff(name="t", added=1),)


@pytest.mark.slow
def test_the_widest_table_that_postgres_takes_is_compared(tmp_path):
    definition = table("wide", {"id": "bigint", **{f"c{i}": "integer" for i in range(1599)}}, key=["id"])
    old, new = [(1, *[0] * 1599)], [(1, *[0] * 1598, 1)]
    a, b = _pair(tmp_path, definition, old, b_rows=new)
    assert compare(a, b, rows=1).tables[0].columns == (("c1598", 1),)


@pytest.mark.slow
def test_another_cut_into_files_and_row_groups_is_the_same_table(tmp_path):
    definition = table("t", {"id": "bigint", "v": "text"}, key=["id"])
    rows = [(i, str(i)) for i in range(100)]
    a = one(tmp_path, definition, rows, version="a", parts=[50], group=10)
    moved = [(i, "x" if i == 77 else v) for i, v in rows]
    for number, (parts, group) in enumerate([([50], 10), ([20, 50], 10), ([33], 7), ([], 100)]):
        b = one(tmp_path, definition, moved, version=f"b{number}", parts=parts, group=group)
        assert compare(snapshot_side(a), snapshot_side(b)).tables[0] == TableDiff(
            name="t", changed=1, unchanged=99, columns=(("v", 1),)
        )


def test_samples_come_in_the_order_of_the_key_and_no_more_than_asked_for(tmp_path):
    definition = table("t", {"id": "text", "v": "timestamp with time zone", "w": "bytea"}, key=["id"])
    when = dt.datetime(2026, 1, 1, tzinfo=dt.UTC)
    old = [(key, when, b"\0\xff") for key in ("z", "é", "a", "B")]
    new = [(key, when + dt.timedelta(seconds=1), b"\0\xff") for key in ("B", "z", "b", "a")]
    a, b = _pair(tmp_path, definition, old, b_rows=new)
    [found] = compare(a, b, rows=2).tables
    assert [(sample.kind, sample.key[0][1]) for sample in found.samples] == [
        ("added", "b"), ("removed", "é"), ("changed", "B"), ("changed", "a"),
    ]  # fmt: skip
    changed = found.samples[2]
    assert changed.before == (("v", "2026-01-01 00:00:00+00"),)
    assert changed.after == (("v", "2026-01-01 00:00:01+00"),)
    assert found.samples[0].after == (("id", "b"), ("v", "2026-01-01 00:00:01+00"), ("w", "\\x00ff"))


def test_what_equal_digests_and_files_prove_is_not_read(tmp_path):
    definition = table("t", {"id": "bigint", "v": "text"}, key=["id"])
    rows = [(i, str(i)) for i in range(10)]
    a = one(tmp_path, definition, rows, version="a", parts=[5])
    b = one(tmp_path, definition, [*rows[:5], (9, "x")], version="b", parts=[5])
    a.path(a.manifest.tables[0].files[0]).unlink()  # the same in both
    assert compare(snapshot_side(a), snapshot_side(b)).tables == (
        TableDiff(name="t", removed=4, changed=1, unchanged=5, columns=(("v", 1),)),
    )
    assert compare(snapshot_side(a), snapshot_side(a)).identical


@pytest.mark.parametrize("damage", ["cut", "flip", "gone"])
def test_a_corrupt_file_that_is_read_is_named(tmp_path, damage):
    definition = table("t", {"id": "bigint", "v": "text"}, key=["id"])
    a, b = (one(tmp_path, definition, [(1, v)], version=v) for v in ("a", "b"))
    path = b.path(b.manifest.tables[0].files[0])
    content = path.read_bytes()
    path.unlink()
    if damage != "gone":
        path.write_bytes(content[:-10] if damage == "cut" else content[:60] + bytes([content[60] ^ 1]) + content[61:])
    with pytest.raises(SnapshotError, match=r"snapshot b is corrupt: t/part-0000.parquet") as caught:
        compare(snapshot_side(a), snapshot_side(b))
    assert caught.value.option == "force"


def test_a_file_that_its_manifest_misdescribes_is_an_error_and_no_difference(tmp_path):
    a = one(tmp_path, table("t", {"id": "bigint", "v": "text"}, key=["id"]), [(1, "a")], version="a")
    b = one(tmp_path, table("t", {"id": "bigint", "w": "text"}, key=["id"]), [(1, "b")], version="b")
    told = snapshot(b.folder, replace(b.manifest.tables[0], table=a.manifest.tables[0].table), version="b")
    with pytest.raises(SnapshotError, match="holds other columns than its manifest says"):
        compare(snapshot_side(a), snapshot_side(told))


def test_a_key_that_occurs_twice_is_an_error(tmp_path):
    definition = table("t", {"id": "bigint", "v": "text"}, key=["id"])
    a, b = _pair(tmp_path, definition, [(1, "a"), (1, "b")], b_rows=[(1, "a")])
    with pytest.raises(SnapshotError, match="2 rows of one side match 1 rows of the other"):
        compare(a, b)


def test_more_than_memory_and_disk_hold_is_a_service_error(tmp_path):
    definition = table("t", {"id": "bigint", "v": "text"}, key=["id"])
    a, b = _pair(tmp_path, definition, [(i, "a" * 99) for i in range(9999)], b_rows=[(i, "b") for i in range(9999)])
    with pytest.raises(ServiceError, match="table t cannot be compared: OutOfMemory"):
        compare(a, b, memory=1 << 20)


class Registered:
    """The rows of a side that is not a snapshot: a table registered with DuckDB, as for a live database."""

    def __init__(self, definition, rows):
        self.definition, self.rows, self.reads = definition, rows, 0

    def select(self, duck, columns):
        self.reads += 1
        duck.register("live", pa.Table.from_batches([record_batch(self.definition, self.rows)]))
        return f"SELECT {', '.join(map(quote, columns))} FROM live"


def test_another_kind_of_side_is_read_once_to_compare_and_gives_samples(tmp_path):
    definition = table("t", {"a": "uuid", "b": "integer", "v": "jsonb"}, key=["b", "a"])
    zero, one_ = bytes(16), bytes(15) + b"\1"
    held = one(tmp_path, definition, [(zero, 1, "{}"), (zero, 2, '{"a": 1}'), (one_, 1, "[]")])
    live = Registered(definition, [(zero, 2, '{"a": 2}'), (one_, 1, "[]"), (one_, 9, None)])
    ours = snapshot_side(held).tables[0]
    theirs = TableSide(table=definition, source=live)
    with open_engine(files=snapshot_side(held).files) as duck:
        changes = compare_rows(duck, ours, theirs)
        assert live.reads == 1
        counts = changes.counts
        assert (counts.added, counts.removed, counts.changed, counts.unchanged) == (1, 1, 1, 1)
        added, removed, changed = samples(changes, 10)
    first, last = (str(UUID(bytes=value)) for value in (zero, one_))
    assert (added.key, dict(added.after)) == ((("b", 9), ("a", last)), {"a": last, "b": 9, "v": None})
    assert (removed.key, dict(removed.before)) == ((("b", 1), ("a", first)), {"a": first, "b": 1, "v": "{}"})
    assert changed.key == (("b", 2), ("a", first))
    assert (changed.before, changed.after) == ((("v", '{"a": 1}'),), (("v", '{"a": 2}'),))


def test_several_tables_come_in_the_order_of_the_first_side(tmp_path):
    made = [table(name, {"id": "bigint"}, key=["id"]) for name in ("b", "a", "c")]
    a = snapshot(tmp_path / "a", *(data(tmp_path / "a", it, [(1,)]) for it in made))
    b = snapshot(tmp_path / "b", *(data(tmp_path / "b", it, [(2,)]) for it in made[::-1]), version="v2")
    assert [found.name for found in compare(snapshot_side(a), snapshot_side(b)).tables] == ["b", "a", "c"]
