"""Test that partial unique indexes hold: the index has one row of each parent, or no two rows are equal."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace

import pytest

from snap.schema import Check, Details, Enum, ForeignKey, PartialUnique, Schema, Table
from snap_builder.compiled.compile import understand
from snap_builder.declare import Dataset
from tests.builder.compiled.declarations import built
from tests.builder.compiled.tenants import columns

USERS = Table(name="users", columns=columns("id bigint"), primary_key=("id",))
KEY = ForeignKey(columns=("user_id",), references="users", to=("id",))
STATUS = Check(columns=("status",), sql="CHECK ((status = ANY (ARRAY['active'::text, 'ended'::text])))")
THREE = Check(columns=("status",), sql="CHECK ((status = ANY (ARRAY['active'::text, 'ended'::text, 'waiting'::text])))")
USER = "user_id bigint"


def _schema(key: str, condition: str, *named: str, checks: tuple[Check, ...] = ()) -> Schema:
    cards = Table(name="cards", columns=columns("id bigint", *named), primary_key=("id",))
    if any(each.startswith("user_id") for each in named):
        cards = replace(cards, foreign_keys=(KEY,))
    partial = PartialUnique(columns=tuple(key.split(",")), condition=condition)
    return Schema(
        tables=(USERS, cards),
        enums=(Enum(name="kind", labels=("red", "blue")),),
        sql="",
        details=(Details(table="cards", partials=(partial,), checks=checks),),
    )


@pytest.mark.parametrize("scale", [1, 3])
@pytest.mark.parametrize(
    ("schema", "counts"),
    [
        (_schema("user_id", "is_primary", USER, "is_primary boolean"), lambda row: row["is_primary"]),
        (_schema("user_id", "(is_main = true)", USER, "is_main boolean?"), lambda row: row["is_main"]),
        (_schema("user_id", "(NOT archived)", USER, "archived boolean"), lambda row: not row["archived"]),
        (
            _schema("user_id", "((status)::text = 'active'::text)", USER, "status text", checks=(STATUS,)),
            lambda row: row["status"] == "active",
        ),
        (_schema("user_id", "(c = 'red'::kind)", USER, "c kind"), lambda row: row["c"] == "red"),
        (
            _schema("user_id", "(status = 'active'::text)", USER, "status text"),
            lambda row: row["status"] == "active",
        ),
        (
            _schema("user_id", "(ended_at IS NULL)", USER, "ended_at timestamp with time zone?"),
            lambda row: row["ended_at"] is None,
        ),
        (
            _schema("user_id", "((ended_at IS NULL) AND main)", USER, "main boolean", "ended_at date?"),
            lambda row: row["ended_at"] is None and row["main"],
        ),
        (_schema("user_id,c", "main", USER, "c kind", "main boolean"), lambda row: row["main"]),
        (_schema("email", "(deleted_at IS NULL)", "email text", "deleted_at date?"), lambda row: True),
        (_schema("user_id", "(user_id IS NOT NULL)", "user_id bigint?"), lambda row: row["user_id"] is not None),
        (_schema("main", "main", "main boolean"), lambda row: row["main"]),
        (
            _schema(
                "user_id",
                "(status = ANY (ARRAY['active'::text, 'waiting'::text]))",
                USER,
                "status text",
                checks=(THREE,),
            ),
            lambda row: row["status"] in {"active", "waiting"},
        ),
        (_schema("user_id", "(c = ANY (ARRAY['red'::kind]))", USER, "c kind"), lambda row: row["c"] == "red"),
    ],
)
def test_no_two_rows_that_count_agree(schema, counts, scale):
    rows = built(Dataset(), scale, schema)["cards"].to_pylist()
    key = schema.details[0].partials[0].columns
    counted = Counter(tuple(row[name] for name in key) for row in rows if counts(row))
    assert set(counted.values()) == {1}
    assert not understand("app", Dataset(), schema).inferred["cards"].others


def test_an_index_that_no_word_holds_is_left_to_people():
    schema = _schema("user_id", "(note IS NULL)", USER, "note text?")
    (left,) = understand("app", Dataset(), schema).inferred["cards"].others
    assert left.sql == "UNIQUE (user_id) WHERE (note IS NULL)"


@pytest.mark.parametrize("condition", ["(weight > 3)", "(note = ANY (ARRAY['red'::text, 'blue'::text]))"])
def test_where_no_column_tells_alone_which_rows_count_no_two_rows_agree(condition: str) -> None:
    rows = built(Dataset(), 1, _schema("user_id", condition, USER, "weight integer", "note text"))["cards"]
    assert 1 < len(rows) == len({*rows["user_id"].to_pylist()})


def test_one_column_tells_of_two_indexes_by_what_they_have_in_common() -> None:
    schema = _schema("user_id,a", "(ended_at IS NULL)", USER, "a integer", "b integer", "ended_at date?")
    (cards,) = schema.details
    limits = tuple(Check(columns=(name,), sql=f"CHECK (({name} = ANY (ARRAY[1, 2])))") for name in "ab")
    more = PartialUnique(columns=("user_id", "b"), condition="(ended_at IS NULL)")
    schema = replace(schema, details=(replace(cards, partials=(*cards.partials, more), checks=limits),))
    rows = [row for row in built(Dataset(), 1, schema)["cards"].to_pylist() if row["ended_at"] is None]
    assert len(rows) == len({(row["user_id"], row["a"]) for row in rows}) == len({(r["user_id"], r["b"]) for r in rows})
    assert not understand("app", Dataset(), schema).inferred["cards"].others


def test_a_value_that_counts_for_another_index_is_left_out() -> None:
    schema = _schema("user_id", "(status = 'active'::text)", USER, "status text", checks=(THREE,))
    (cards,) = schema.details
    more = PartialUnique(columns=("user_id",), condition="(status = 'ended'::text)")
    schema = replace(schema, details=(replace(cards, partials=(*cards.partials, more)),))
    rows = built(Dataset(), 1, schema)["cards"].to_pylist()
    assert {row["status"] for row in rows} == {"active", "waiting"}
    assert max(Counter(row["user_id"] for row in rows if row["status"] == "active").values()) == 1


def test_an_index_over_a_range_of_rows_is_met_by_all_rows() -> None:
    schema = _schema("user_id,code", "((user_id IS NOT NULL) AND (id >= 100))", USER, "code character varying(2)")
    rows = built(Dataset(rows={"cards": 400}), 1, schema)["cards"]
    pairs = list(zip(rows["user_id"].to_pylist(), rows["code"].to_pylist(), strict=True))
    assert len({*pairs}) == len(pairs) == 400


def test_a_key_of_three_references_has_no_more_rows_than_its_pairs() -> None:
    keys = tuple(ForeignKey(columns=(name,), references="users", to=("id",)) for name in ("a", "b", "c"))
    three = Table(
        name="three",
        columns=columns("a bigint", "b bigint", "c bigint"),
        primary_key=("a", "b", "c"),
        foreign_keys=keys,
    )
    schema = Schema(tables=(USERS, three), enums=(), sql="")
    rows = understand("app", Dataset(rows={"users": 3}), schema).rows
    assert rows["three"] == 3
    built(Dataset(rows={"users": 3}), 1, schema)
