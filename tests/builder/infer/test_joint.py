"""Test columns coupled by a CHECK: the CHECK holds in any cut of the rows, or a warning says that it cannot hold."""

from __future__ import annotations

from dataclasses import replace

import pyarrow as pa
import pytest

from snap.schema import Check, Column, Details, Enum, ForeignKey, PartialUnique, Schema, Table
from snap.types import parse
from snap_builder import declare
from snap_builder.compiled.compile import understand
from tests.builder.compiled.declarations import built, dataset_of, inputs_of

ENUMS = (Enum(name="mood", labels=("draft", "open", "void")),)
COLUMNS = (
    *("id integer", "kind mood", "status text", "at timestamp with time zone?", "slug text?", "personal boolean"),
    *("amount numeric(10,2)?", "a integer?", "b integer?", "c uuid?", "up integer?", "tags text[]"),
    "cancelled_at timestamp with time zone?",
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


def test_numbers_that_a_condition_names_are_chosen_and_no_reference_is_one_of_them_by_chance() -> None:
    rows = _rows(("a b", "((a <> 2) OR (b IS NULL))"), ("up c", "((up <> 3) OR (c IS NULL))"))
    assert {(row["a"] == 2, row["b"] is None) for row in rows} >= {(True, True), (False, False)}
    assert all(row["a"] != 2 or row["b"] is None for row in rows)
    assert all(row["up"] != 3 or row["c"] is None for row in rows)


def test_a_flag_that_an_index_sets_leaves_the_others_what_holds_whatever_it_is() -> None:
    schema = _schema(
        ("a personal", "(((a IS NULL) AND (personal IS FALSE)) OR (a IS NOT NULL))"), ("a", "(a = ANY (ARRAY[1, 2]))")
    )
    partials = (PartialUnique(columns=("a",), condition="(personal = true)"),)
    schema = replace(schema, details=(replace(schema.details[0], partials=partials),))
    rows = built(declare.Dataset(rows={"things": 40}), 1, schema)["things"].to_pylist()
    assert {row["a"] for row in rows} == {1, 2}
    assert sum(row["personal"] for row in rows) == 2


def test_rows_begin_after_the_key_of_which_a_condition_says_more() -> None:
    rows = _rows(("id slug", "((id <> 1) OR (slug = 'first'::text))"))
    assert [row["id"] for row in rows[:3]] == [2, 3, 4]


@pytest.mark.slow
def test_of_very_many_combinations_some_are_found() -> None:
    names = [f"n{number}" for number in range(20)]
    columns = [Column(name="id", type=parse("integer"), nullable=False)]
    columns += [Column(name=name, type=parse("integer")) for name in names]
    table = Table(name="wide", columns=tuple(columns), primary_key=("id",))
    any_of, none_of = (
        f" {word} ".join(f"({name} IS {kind})" for name in names) for word, kind in (("OR", "NOT NULL"), ("OR", "NULL"))
    )
    check = Check(columns=tuple(names), sql=f"CHECK ((({any_of}) AND ({none_of})))")
    schema = Schema(tables=(table,), enums=(), sql="", details=(Details(table="wide", checks=(check,)),))
    assert not understand("app", declare.Dataset(), schema).inferred["wide"].others
    counts = {
        sum(row[name] is None for name in names)
        for row in built(declare.Dataset(rows={"wide": 50}), 1, schema)["wide"].to_pylist()
    }
    assert len(counts) > 3
    assert counts <= set(range(1, 20))


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


def test_of_declared_choices_and_references_the_other_columns_follow() -> None:
    words = {
        "kind": declare.choice({"draft": 3, "open": 1}, none=0),
        "up": declare.ref("things", none=40),
        "a": declare.choice({1: 1, 2: 1}, none=50),
    }
    checks = (DRAFT, ("up slug", "((up IS NULL) = (slug IS NULL))"), ("a b", "((a = 2) = (b IS NOT NULL))"))
    schema = _schema(*checks)
    declared = declare.Dataset(tables=[declare.Table("things", 200, words)])
    assert understand("app", declared, schema).inferred["things"].others == ()
    rows = built(declared, 1, schema)["things"].to_pylist()
    assert sum(row["kind"] == "draft" for row in rows) == 150
    assert all((row["kind"] == "draft") == (row["at"] is None) for row in rows)
    assert 70 <= sum(row["up"] is None for row in rows) <= 90
    assert all((row["up"] is None) == (row["slug"] is None) for row in rows)
    assert sum(row["a"] is None for row in rows) == 100
    assert all((row["b"] is not None) == (row["a"] == 2) for row in rows if row["a"] is not None)


def test_declared_columns_that_may_be_null_and_primary_values_lead_too() -> None:
    words = {
        "at": declare.moment(declare.during("-1y"), none=70),
        "slug": declare.text("{word|lower}-{n}", none=20),
        "kind": declare.primary("up", value="open", otherwise="draft"),
        "up": declare.ref("things"),
    }
    checks = (
        ("at a", "((at IS NULL) = (a IS NULL))"),
        ("slug b", "((slug IS NULL) = (b IS NULL))"),
        ("kind c", "((kind = 'open'::mood) = (c IS NOT NULL))"),
    )
    schema = _schema(*checks)
    declared = declare.Dataset(tables=[declare.Table("things", 200, words)])
    assert understand("app", declared, schema).inferred["things"].others == ()
    rows = built(declared, 1, schema)["things"].to_pylist()
    assert 100 < sum(row["at"] is None for row in rows) < 180
    assert all((row["at"] is None) == (row["a"] is None) for row in rows)
    assert 20 <= sum(row["slug"] is None for row in rows) <= 60
    assert all((row["slug"] is None) == (row["b"] is None) for row in rows)
    assert {row["kind"] for row in rows} == {"open", "draft"}
    assert all((row["kind"] == "open") == (row["c"] is not None) for row in rows)


def test_coupled_columns_are_null_as_often_as_alone_and_have_no_texts_of_other_columns() -> None:
    rows = _rows(
        ("cancelled_at c", "((cancelled_at IS NULL) = (c IS NULL))"),
        ("slug kind", "((slug IS NULL) OR (kind <> 'draft'::mood))"),
    )
    cancelled = sum(row["cancelled_at"] is not None for row in rows)
    assert 5 <= cancelled <= 40
    assert all((row["cancelled_at"] is None) == (row["c"] is None) for row in rows)
    assert "draft" not in {row["slug"] for row in rows}


def test_two_declared_choices_that_a_condition_couples_are_left_to_people() -> None:
    words = {"kind": declare.choice(draft=1, open=1), "status": declare.choice(new=1, old=1)}
    check = ("kind status", "((kind = 'draft'::mood) = (status = 'new'::text))")
    declared = declare.Dataset(tables=[declare.Table("things", 40, words)])
    assert len(understand("app", declared, _schema(check)).inferred["things"].others) == 1


def test_a_larger_build_begins_with_a_smaller_one_and_parts_are_its_slices() -> None:
    schema, declared = _schema(DRAFT, PERSONAL), declare.Dataset(rows={"things": 100})
    small, large = built(declared, 1, schema)["things"], built(declared, 3, schema)["things"]
    assert large.slice(0, len(small)).equals(small)
    dataset = dataset_of(declared, schema)
    plan = dataset.plan(inputs_of(dataset, 3))
    parts = [plan.part("things", start, stop) for start, stop in ((0, 7), (7, 150), (150, 300))]
    assert pa.Table.from_batches(parts).combine_chunks().equals(large.combine_chunks())
