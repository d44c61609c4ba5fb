"""Test undeclared JSON documents and arrays: their values follow from column names and CHECKs."""

from __future__ import annotations

import json

import pytest

from snap.schema import Check, Details, Schema, Table
from snap_builder.compiled.compile import understand
from snap_builder.declare import Dataset
from tests.builder.compiled.declarations import built
from tests.builder.compiled.tenants import columns


def schema(kind: str, *checks: str) -> Schema:
    name = kind.split(" ", maxsplit=1)[0]
    table = Table(name="things", columns=columns("id bigint", kind), primary_key=("id",))
    listed = tuple(Check(columns=(name,), sql=f"CHECK ({sql})") for sql in checks)
    return Schema(tables=(table,), enums=(), sql="", details=(Details(table="things", checks=listed),))


def made(kind: str, *checks: str) -> list[object]:
    given = schema(kind, *checks)
    column = kind.split(" ", maxsplit=1)[0]
    rows = built(Dataset(as_of="2026-11-01", rows={"things": 100}), 1, given)["things"][column].to_pylist()
    return [json.loads(row) if isinstance(row, str) else row for row in rows]


@pytest.mark.parametrize(
    ("name", "keys"),
    [
        ("settings", {"theme", "language", "notifications"}),
        ("user_preferences", {"theme", "language", "notifications"}),
        ("metadata", {"source", "version", "tags"}),
        ("properties", {"source", "version", "tags"}),
        ("payload", {"id", "type", "attempt", "changes"}),
    ],
)
@pytest.mark.parametrize("kind", ["jsonb", "json"])
def test_a_documents_name_says_what_it_holds(name, keys, kind):
    documents = made(f"{name} {kind}")
    assert all(keys <= document.keys() for document in documents)
    assert len({json.dumps(document) for document in documents}) > 30
    assert sum(document is None for document in made(f"{name} {kind}?")) == 20
    assert understand("app", Dataset(), schema(f"{name} {kind}")).inferred["things"].how[name] == "name"


@pytest.mark.parametrize("kind", ["text[]", "jsonb"])
def test_tags_are_a_few_different_words(kind):
    rows = made(f"tags {kind}")
    assert {len(row) for row in rows} == {0, 1, 2}
    assert all(len(set(row)) == len(row) for row in rows)


@pytest.mark.parametrize(
    ("kind", "checks", "lengths"),
    [
        ("scores integer[]", ("(cardinality(scores) >= 2)", "(cardinality(scores) <= 3)"), {2, 3}),
        ("scores uuid[]", ("(array_length(scores, 1) > 0)",), {1, 2, 3}),
        ("names text[]", ("(COALESCE(array_length(names, 1), 0) = 1)",), {1}),
        ("tags text[]", ("(cardinality(tags) >= 1)", "(cardinality(tags) <= 2)"), {1, 2}),
        ("tags text[]", ("(cardinality(tags) >= 6)",), {6, 7, 8}),
        ("things jsonb", ("(jsonb_typeof(things) = 'array'::text)", "(jsonb_array_length(things) >= 1)"), {1, 2, 3}),
        ("settings jsonb", ("(jsonb_typeof(settings) = 'array'::text)",), {0, 1, 2}),
        ("scores jsonb", ("(jsonb_typeof(scores) = 'array'::text)",), {0}),
        ("tags jsonb", ("(jsonb_typeof(tags) = 'object'::text)",), {0}),
        ("days date[]", ("(cardinality(days) = 2)",), {2}),
    ],
)
def test_checks_on_arrays_and_json_are_met(kind, checks, lengths):
    given = schema(kind, *checks)
    understood = understand("app", Dataset(), given).inferred["things"]
    assert understood.others == ()
    assert {len(row) for row in made(kind, *checks)} == lengths


def test_an_array_that_may_be_null_and_has_no_name_is_null():
    assert set(made("scores integer[]?", "(cardinality(scores) >= 2)")) == {None}


@pytest.mark.parametrize(
    ("kind", "value"), [("metadata jsonb", {}), ("metadata jsonb?", None), ("tags text[]", []), ("tags text[]?", None)]
)
def test_a_column_of_which_a_check_asks_more_stays_empty(kind, value):
    name = kind.split(" ")[0]
    assert made(kind, f"(f({name}) > g({name}))") == [value] * 100


def test_such_a_column_is_of_the_kind_that_another_check_asks_for():
    assert made("metadata jsonb", "(jsonb_typeof(metadata) = 'array'::text)", "(f(metadata) > 1)") == [[]] * 100
    assert made("tags jsonb", "(jsonb_typeof(tags) = 'object'::text)", "(f(tags) > 1)") == [{}] * 100


def test_a_column_of_a_key_stays_empty():
    keyed = Table(
        name="things", columns=columns("id bigint", "payload jsonb?"), primary_key=("id",), unique=(("id", "payload"),)
    )
    rows = built(Dataset(rows={"things": 50}), 1, Schema(tables=(keyed,), enums=(), sql=""))["things"]
    assert rows["payload"].null_count == 50


def test_other_names_stay_empty():
    assert made("x jsonb") == [{}] * 100
    assert made("x jsonb?") == [None] * 100
    assert made("x text[]") == [[]] * 100
