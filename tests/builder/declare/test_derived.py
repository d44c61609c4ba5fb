"""Test counts, sums and averages of children: they agree with the child rows, whatever the decimals of both columns."""

from __future__ import annotations

from decimal import ROUND_HALF_UP, Decimal

import numpy as np
import psycopg
import pytest

from snap.errors import UsageError
from snap.schema import ForeignKey, Schema, Table
from snap_builder.declare import Dataset, average_of, first_of, integer, last_of, money, ref, sum_of
from snap_builder.declare import Table as Declared
from snap_builder.engine.averages import averages
from tests.builder.compiled.declarations import built
from tests.builder.compiled.tenants import columns

SCHEMA = Schema(
    tables=(
        Table(name="brands", columns=columns("id bigint", "stars numeric(3,1)?"), primary_key=("id",)),
        Table(
            name="products",
            columns=columns(
                *("id bigint", "brand_id bigint", "stars numeric(3,2)?", "rounded integer?", "average real?"),
                *("least numeric(8,3)?", "most numeric(8,3)?", "paid numeric(12,3)?", "must numeric(3,2)"),
            ),
            primary_key=("id",),
            foreign_keys=(ForeignKey(columns=("brand_id",), references="brands", to=("id",)),),
        ),
        Table(
            name="reviews",
            columns=columns("id bigint", "product_id bigint", "stars integer?", "price numeric(8,2)", "label text"),
            primary_key=("id",),
            foreign_keys=(ForeignKey(columns=("product_id",), references="products", to=("id",)),),
        ),
    ),
    enums=(),
    sql="",
)
REVIEWS = Declared(
    "reviews",
    400,
    {
        "product_id": ref("products", none_have=20),
        "stars": integer(1, 5, none=10),
        "price": money(-50, 50),
    },
)


def made(scale=1, brands=None, **words):
    tables = [Declared("brands", 10, brands or {}), Declared("products", 80, words), REVIEWS]
    return built(Dataset(tables=tables), scale, SCHEMA)


def children(rows, column):
    """Return the values of the reviews of each product, without NULL."""
    found = {each: [] for each in rows["products"]["id"].to_pylist()}
    for product, value in zip(
        rows["reviews"]["product_id"].to_pylist(), rows["reviews"][column].to_pylist(), strict=True
    ):
        if value is not None:
            found[product].append(value)
    return found


def test_an_average_is_that_of_the_children_in_the_decimals_of_its_column():
    words = {name: average_of("reviews.stars") for name in ("stars", "rounded", "average")}
    rows = made(**words)
    stars = children(rows, "stars")
    assert [] in stars.values()
    for row in rows["products"].select(["id", *words]).to_pylist():
        given = stars[row["id"]]
        if not given:
            assert [row[name] for name in words] == [None, None, None]
            continue
        exact = Decimal(sum(given)) / len(given)
        assert row["stars"] == exact.quantize(Decimal("0.01"), ROUND_HALF_UP)
        assert row["rounded"] == exact.quantize(Decimal(1), ROUND_HALF_UP)
        assert row["average"] == pytest.approx(float(exact), abs=1e-4)


def test_an_average_may_have_fewer_decimals_and_be_below_zero():
    rows = made(rounded=average_of("reviews.price"))
    prices = children(rows, "price")
    wanted = {
        each: (sum(given) / len(given)).quantize(Decimal(1), ROUND_HALF_UP) if given else None
        for each, given in prices.items()
    }
    assert dict(zip(wanted, rows["products"]["rounded"].to_pylist(), strict=True)) == wanted
    assert min(each for each in wanted.values() if each is not None) < 0


def test_an_average_of_averages_goes_over_two_hops():
    rows = made(brands={"stars": average_of("products.stars")}, stars=average_of("reviews.stars"))
    products = rows["products"].to_pylist()
    for brand in rows["brands"].to_pylist():
        given = [each["stars"] for each in products if each["brand_id"] == brand["id"] and each["stars"] is not None]
        exact = sum(given) / len(given) if given else None
        assert brand["stars"] == (None if exact is None else exact.quantize(Decimal("0.1"), ROUND_HALF_UP))


def test_the_least_the_most_and_the_sum_are_worth_the_same_with_more_decimals():
    rows = made(least=first_of("reviews.price"), most=last_of("reviews.price"), paid=sum_of("reviews.price"))
    prices = children(rows, "price")
    for row in rows["products"].to_pylist():
        given = prices[row["id"]]
        assert (row["least"], row["most"], row["paid"]) == (
            min(given, default=None),
            max(given, default=None),
            sum(given),
        )


def test_halves_are_rounded_as_postgres_rounds_them(pg):
    values = [-250, -150, -50, 50, 149, 150, 151]
    rounded = averages(np.array(values), np.ones(len(values), np.int64), -2).tolist()
    with psycopg.connect(pg.url("postgres")) as connection:
        (wanted,) = connection.execute(
            "SELECT array_agg(round(n / 100.0)::int) FROM unnest(%s::int[]) n", [values]
        ).fetchone()
    assert rounded == wanted


@pytest.mark.parametrize(
    ("words", "message"),
    [
        ({"stars": average_of("reviews.label")}, "reviews.label is text, which holds texts (name a column of numbers)"),
        ({"must": average_of("reviews.stars")}, "products.must is NOT NULL, and its word gives NULL"),
    ],
)
def test_what_has_no_average_is_refused(words, message):
    with pytest.raises(UsageError) as refusal:
        made(**words)
    assert message in f"{refusal.value} ({refusal.value.hint})"


def test_an_average_is_of_a_column():
    with pytest.raises(UsageError, match="'reviews' names no column of a child table"):
        average_of("reviews")
