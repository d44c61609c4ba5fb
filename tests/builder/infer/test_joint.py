"""Columns that a CHECK couples: made so that it holds, in every cut, and told where it cannot be."""

from __future__ import annotations

import pyarrow as pa
import pytest

from snap.schema import Check, Column, Details, Enum, ForeignKey, Schema, Table
from snap.types import parse
from snap_builder import declare
from snap_builder.compiled.compile import understand
from tests.builder.compiled.declarations import built, dataset_of, inputs_of

ENUMS = (Enum(name="mood", labels=("draft", "open", "void")),)
COLUMNS = (
    *("id integer", "kind mood", "status text", "at timestamp with time zone?", "slug text?", "personal boolean"),
    *("amount numeric(10,2)?", "a integer?", "b integer?", "c uuid?", "up integer?", "tags text[]"),
)


def _schema(*checks: tuple[str, str], unique: tuple[tuple[str, ...], ...] = ()) -> Schema:
    columns = tuple(
        Column(name=n, type=parse(kind.rstrip("?"), {"mood"}), nullable=kind.endswith("?"))
        for n, kind in (each.split(" ", 1) for each in COLUMNS)
    )
    key = ForeignKey(columns=("up",), references="things", to=("id",))
    table = Table(name="things", columns=columns, primary_key=("id",), unique=unique, foreign_keys=(key,))
    details = Details(
        table="things", checks=tuple(Check(columns=tuple(names.split()), sql=f"CHECK ({sql})") for names, sql in checks)
    )
    return Schema(tables=(table,), enums=ENUMS, sql="", details=(details,))


def _rows(*checks: tuple[str, str], **more: tuple[tuple[str, ...], ...]) -> list[dict]:
    return built(declare.Dataset(rows={"things": 200}), 1, _schema(*checks, **more))["things"].to_pylist()


DRAFT = ("kind at", "((kind = 'draft'::mood) = (at IS NULL))")
PERSONAL = (
    "personal slug",
    "(((personal = true) AND (slug IS NULL)) OR ((personal = false) AND (slug IS NOT NULL)))",
)


def test_a_state_says_which_columns_are_null() -> None:
    rows = _rows(DRAFT)
    assert {(row["kind"], row["at"] is None) for row in rows} == {("draft", True), ("open", False), ("void", False)}
    assert min(sum(row["kind"] == label for row in rows) for label in ENUMS[0].labels) > 30


def test_a_flag_says_whether_a_unique_column_is_null() -> None:
    rows = _rows(PERSONAL, unique=(("slug",),))
    assert all((row["slug"] is None) == row["personal"] for row in rows)
    slugs = [row["slug"] for row in rows if row["slug"] is not None]
    assert len({*slugs}) == len(slugs) > 50


def test_of_several_columns_one_has_a_value() -> None:
    rows = _rows(("a b c", "(num_nonnulls(a, b, c) = 1)"))
    assert {sum(row[name] is not None for name in "abc") for row in rows} == {1}
    assert all(any(row[name] is not None for row in rows) for name in "abc")


def test_a_reference_to_earlier_rows_leads_where_the_first_one_has_none() -> None:
    rows = _rows(("up slug", "((up IS NULL) = (slug IS NULL))"))
    assert rows[0]["up"] is None
    assert all((row["up"] is None) == (row["slug"] is None) for row in rows)
    assert {row["up"] is None for row in rows} == {True, False}


def test_conditions_that_share_columns_are_met_together_and_a_vague_one_is_left() -> None:
    checks = (
        ("a tags", "((a IS NULL) OR (cardinality(tags) > 0))"),
        ("a tags", "((a IS NOT NULL) OR (cardinality(tags) = 0))"),
        ("tags", "(NOT ((tags)::text ~ 'x'::text))"),
    )
    rows = _rows(*checks)
    assert {(row["a"] is None, len(row["tags"])) for row in rows} == {(True, 0), (False, 1)}
    left = understand("app", declare.Dataset(), _schema(*checks)).inferred["things"].others
    assert [check.sql for check in left] == [f"CHECK ({checks[2][1]})"]


@pytest.mark.parametrize(
    "check",
    [
        ("status kind", "(md5(status) = (kind)::text)"),
        ("id a", "(((id % 2) = 0) = (a IS NULL))"),
        ("a b", "((a IS NULL) AND (a IS NOT NULL) AND (b IS NULL))"),
    ],
)
def test_what_nothing_meets_for_sure_is_left_to_people(check: tuple[str, str]) -> None:
    inferred = understand("app", declare.Dataset(), _schema(check)).inferred["things"]
    assert len(inferred.others) == 1
    assert inferred.joints == {}


def test_declared_columns_stay_as_they_are_declared() -> None:
    table = declare.Table("things", 40, {"kind": declare.choice(draft=1)})
    inferred = understand("app", declare.Dataset(tables=[table]), _schema(DRAFT)).inferred["things"]
    assert len(inferred.others) == 1


def test_a_larger_build_begins_with_a_smaller_one_and_parts_are_its_slices() -> None:
    schema, declared = _schema(DRAFT, PERSONAL), declare.Dataset(rows={"things": 100})
    small, large = built(declared, 1, schema)["things"], built(declared, 3, schema)["things"]
    assert large.slice(0, len(small)).equals(small)
    dataset = dataset_of(declared, schema)
    plan = dataset.plan(inputs_of(dataset, 3))
    parts = [plan.part("things", start, stop) for start, stop in ((0, 7), (7, 150), (150, 300))]
    assert pa.Table.from_batches(parts).combine_chunks().equals(large.combine_chunks())
