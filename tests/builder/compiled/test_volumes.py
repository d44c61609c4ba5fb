"""Rows of tables at a scale that leaves no whole numbers: no child without its parent, no parent without its child."""

from __future__ import annotations

from fractions import Fraction

import pytest

from snap.schema import Schema, Table
from snap_builder.declare import Dataset, ref
from snap_builder.declare import Table as Declared
from tests.builder.compiled.declarations import built
from tests.builder.compiled.tenants import columns, key

LINES = Schema(
    tables=(
        Table(name="orders", columns=columns("id bigint"), primary_key=("id",)),
        Table(name="things", columns=columns("id bigint"), primary_key=("id",)),
        Table(
            name="lines",
            columns=columns("id bigint", "order_id bigint", "thing_id bigint"),
            primary_key=("id",),
            foreign_keys=(key("order_id", "orders"), key("thing_id", "things")),
        ),
    ),
    enums=(),
    sql="",
)


@pytest.mark.parametrize("scale", [Fraction(7, 3), Fraction(8, 3), Fraction(5, 7), Fraction(11, 6), 4])
@pytest.mark.parametrize("at_least", [1, 2, 3])
def test_of_two_parents_one_that_rounds_down_leaves_the_other_its_children(at_least, scale):
    tables = (
        Declared("orders", 80),
        Declared("things", 40),
        Declared("lines", 300, {"order_id": ref("orders", at_least=at_least)}),
    )
    made = built(Dataset(tables=tables), scale, LINES)
    named = made["lines"]["order_id"].to_pylist()
    assert min(named.count(order) for order in made["orders"]["id"].to_pylist()) >= at_least
    assert set(made["lines"]["thing_id"].to_pylist()) <= set(made["things"]["id"].to_pylist())
    assert abs(len(made["orders"]) - 80 * scale) <= 2
