"""Test copies of other columns, formulas over them, and what both refuse."""

from __future__ import annotations

import numpy as np
import pytest

from snap.errors import UsageError
from snap.schema import Schema, Table
from snap_builder.declare import Dataset, choice, copy, formula, integer, money, ref, sum_of, text
from snap_builder.declare import Table as Declared
from tests.builder.compiled.declarations import built
from tests.builder.compiled.tenants import columns, key

SHELVES = Table(
    name="products",
    columns=columns("id bigint", "name text", "price numeric(8,2)", "active boolean", "sold bigint"),
    primary_key=("id",),
)
LINES = Table(
    name="lines",
    columns=columns(
        "id bigint", "product_id bigint", "price numeric(9,3)", "label text", "count bigint", "amount numeric(12,3)?"
    ),
    primary_key=("id",),
    foreign_keys=(key("product_id", "products"),),
)
SCHEMA = Schema(tables=(SHELVES, LINES), enums=(), sql="")
PRODUCTS = Declared("products", 30, {"price": money(1, 90), "name": text("{word} {n}")})


def lines(**words):
    made = {"product_id": ref("products"), "count": integer(1, 9), **words}
    return {
        table: rows.to_pylist()
        for table, rows in built(Dataset(tables=(PRODUCTS, Declared("lines", 120, made))), 1, SCHEMA).items()
    }


def test_a_copy_of_a_reference_has_its_keys() -> None:
    rows = lines(count=copy("product_id"))["lines"]
    assert [row["count"] for row in rows] == [row["product_id"] for row in rows]


def refused(**words) -> str:
    with pytest.raises(UsageError) as refusal:
        lines(**words)
    return refusal.value.message


def test_a_copy_is_the_value_that_the_path_names_whatever_its_type_and_scale():
    made = lines(price=copy("product.price"), label=copy("product.name"))
    products = {row["id"]: row for row in made["products"]}
    for row in made["lines"]:
        assert row["price"] == products[row["product_id"]]["price"]
        assert row["label"] == products[row["product_id"]]["name"]


def test_a_formula_computes_whole_numbers_of_the_last_place():
    made = lines(price=copy("product.price"), amount=formula(lambda price, pieces: price * pieces, pieces="count"))
    assert all(row["amount"] == row["price"] * row["count"] for row in made["lines"])


def test_a_formula_over_what_may_be_null_is_null_there():
    made = lines(price=money(1, 9), amount=formula(lambda sold: sold + 1, sold="product.sold"))
    assert None not in {row["amount"] for row in made["lines"]}
    sums = Declared("products", 30, {"sold": sum_of("lines.count")})
    declared = Dataset(tables=(sums, Declared("lines", 120, {"count": choice({2: 1})})))
    assert {row["sold"] % 2 for row in built(declared, 1, SCHEMA)["products"].to_pylist()} == {0}


@pytest.mark.parametrize(
    ("words", "message"),
    [
        ({"price": copy("product.name")}, "lines.price reads product.name, which is text"),
        ({"label": copy("product.active")}, "lines.label reads product.active, which is boolean"),
        ({"price": copy("product.cost")}, "table products has no column 'cost'"),
        ({"amount": formula(lambda label: label)}, "lines.amount reads label, which is text"),
        ({"amount": formula(lambda count: count[:-1])}, "the formula returns"),
        ({"amount": formula(lambda count: count / 2)}, "the formula returns float64"),
        ({"amount": formula(lambda count: 1 // 0)}, "the formula raises ZeroDivisionError"),
        ({"amount": formula(lambda count: np.multiply(count, 2, out=count))}, "the formula raises ValueError"),
        ({"amount": formula(lambda count: np.arange(len(count)))}, "the formula returns another value for row "),
    ],
)
def test_what_cannot_be_computed_is_refused(words, message):
    assert message in refused(**words)


@pytest.mark.parametrize("call", [lambda: formula(lambda: 1), lambda: formula(lambda count: count, price="price")])
def test_a_formula_reads_what_its_function_takes(call):
    with pytest.raises(UsageError, match=r"formula\(\) has"):
        call()
