"""Test columns that mark one row of each parent: which declarations are refused, and that other words read them."""

from __future__ import annotations

import pytest

from snap.errors import UsageError
from snap_builder.declare import Dataset, Table, choice, money, primary, ref
from tests.builder.compiled.declarations import built
from tests.builder.compiled.tenants import SCHEMA


@pytest.mark.parametrize(
    ("arguments", "options", "message"),
    [
        (("user_id",), {"value": "a", "otherwise": 1}, "which no column can tell apart"),
        (("user_id",), {"value": 1, "otherwise": 1}, "which no column can tell apart"),
        (("user_id",), {"value": "a", "otherwise": choice(a=1, b=1)}, r"otherwise= of primary\(\) gives 'a' too"),
        (("user_id",), {"value": None, "otherwise": money(1, 9, none=10)}, r"otherwise= of primary\(\) gives None too"),
        ((("a", "b"),), {"none_have": 10}, "with none_have= needs exactly one reference"),
    ],
)
def test_a_word_that_tells_nothing_apart_is_refused(arguments, options, message):
    with pytest.raises(UsageError, match=message):
        primary(*arguments, **options)


@pytest.mark.parametrize(
    ("column", "word", "message"),
    [
        ("main", primary("usr_id"), "table cards has no column 'usr_id'"),
        ("main", primary("user_id", value=None, otherwise=True), "cards.main is NOT NULL, and its word gives NULL"),
        ("main", primary("main"), "columns depend on each other: cards.main → cards.main"),
    ],
)
def test_what_the_schema_does_not_have_is_refused(column, word, message):
    with pytest.raises(UsageError) as refusal:
        built(Dataset(tables=[Table("cards", 60, {column: word})]), 1, SCHEMA)
    assert message in f"{refusal.value} ({refusal.value.hint})"


def test_references_choose_what_is_primary():
    tables = [
        Table("products", 90, {"active": primary("kind"), "kind": choice(tool=1, toy=1, food=1)}),
        Table("sales", 90, {"product_id": ref("products", where={"active": True})}),
    ]
    made = {name: rows.to_pylist() for name, rows in built(Dataset(tables=tables), 1, SCHEMA).items()}
    active = [row["id"] for row in made["products"] if row["active"]]
    assert len(active) == 3
    assert {row["product_id"] for row in made["sales"]} == set(active)
