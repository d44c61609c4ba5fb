"""Test that a column in a unique key with a reference counts the rows of each parent, if its name suggests it."""

from __future__ import annotations

from collections import defaultdict

import pytest

from snap.schema import Check, Details, Schema, Table
from snap_builder.declare import Dataset, position, ref
from snap_builder.declare import Table as Declared
from tests.builder.compiled.declarations import built
from tests.builder.compiled.tenants import columns, key

ORDERS = Table(name="orders", columns=columns("id bigint"), primary_key=("id",))


def lines(name: str, kind="integer", *, unique: bool = True, check: str | None = None, **words):
    table = Table(
        name="lines",
        columns=columns("id bigint", "order_id bigint", f"{name} {kind}"),
        primary_key=("id",),
        unique=(("order_id", name),) if unique else (),
        foreign_keys=(key("order_id", "orders"),),
    )
    checks = (Check(columns=(name,), sql=f"CHECK ({check})"),) if check else ()
    schema = Schema(tables=(ORDERS, table), enums=(), sql="", details=(Details(table="lines", checks=checks),))
    declared = Dataset(tables=(Declared("orders", 20), Declared("lines", 90, words)))
    places = defaultdict(list)
    for row in built(declared, 1, schema)["lines"].to_pylist():
        places[row["order_id"]].append(row[name])
    return list(places.values())


def counts(places, first=1) -> bool:
    return all(each == list(range(first, first + len(each))) for each in places)


@pytest.mark.parametrize("name", ["position", "sort_order", "ordinal", "line_number", "lineNo", "display_order", "seq"])
@pytest.mark.parametrize("kind", ["smallint", "integer", "bigint"])
def test_a_place_under_a_unique_key_counts_the_rows_of_a_parent(name, kind):
    assert counts(lines(name, kind))


def test_a_declared_reference_is_counted_too():
    assert counts(lines("position", order_id=ref("orders", at_least=1)))


def test_a_declared_place_makes_its_key_unique():
    assert counts(lines("quantity", quantity=position("order_id", first=0)), 0)


def test_a_check_says_where_places_begin():
    assert counts(lines("position", check="position >= 10"), 10)


def test_a_check_that_leaves_too_few_places_is_met_otherwise():
    assert not counts(lines("position", check="position <= 95 AND position >= 6"))


@pytest.mark.parametrize(("name", "unique"), [("quantity", True), ("position", False)])
def test_another_name_or_no_key_is_no_place(name, unique):
    assert not counts(lines(name, unique=unique))
