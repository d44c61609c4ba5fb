"""Test the position of a row among its parent's rows: with or without gaps, and the same when a build grows."""

from __future__ import annotations

from collections import defaultdict
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from snap.errors import UsageError
from snap.schema import Schema, Table
from snap_builder.declare import Dataset, position, ref, zipf
from snap_builder.declare import Table as Declared
from tests.builder.compiled.declarations import built
from tests.builder.compiled.tenants import columns, key

ORDERS = Table(name="orders", columns=columns("id bigint"), primary_key=("id",))
LINES = Table(
    name="lines",
    columns=columns("id bigint", "order_id bigint", "note_id bigint?", "place integer?", "small smallint"),
    primary_key=("id",),
    foreign_keys=(key("order_id", "orders"), key("note_id", "orders")),
)
SCHEMA = Schema(tables=(ORDERS, LINES), enums=(), sql="")


def lines(word, rows=200, scale: Fraction | int = 1, column="place"):
    declared = Dataset(
        tables=(
            Declared("orders", 40),
            Declared(
                "lines",
                rows,
                {
                    "order_id": ref("orders", fanout=zipf("1.2")),
                    "note_id": ref("orders", none=30),
                    column: word,
                },
            ),
        )
    )
    return built(declared, scale, SCHEMA)["lines"].to_pylist()


def by_parent(rows, by="order_id"):
    places = defaultdict(list)
    for row in rows:
        places[row[by]].append(row["place"])
    return places


@given(first=st.integers(0, 9), gap=st.integers(0, 20))
def test_places_follow_each_other_and_none_comes_twice(first, gap):
    for places in by_parent(lines(position("order_id", first=first, gap=gap))).values():
        assert places[0] == first
        assert all(before < after for before, after in zip(places, places[1:], strict=False))
        assert all(number == (place - first) // (gap + 1) for number, place in enumerate(places))


def test_without_a_gap_there_is_no_hole():
    assert all(places == list(range(1, len(places) + 1)) for places in by_parent(lines(position("order_id"))).values())


def test_with_a_gap_some_places_are_left_out():
    places = [each for each in by_parent(lines(position("order_id", gap=3))).values() if len(each) > 5]
    assert any(max(each) > len(each) for each in places)


@pytest.mark.slow
@given(scale=st.fractions(2, 4, max_denominator=3), gap=st.integers(0, 4))
def test_a_larger_build_appends(scale, gap):
    word = position("order_id", gap=gap)
    small, large = lines(word), lines(word, scale=scale)
    assert large[: len(small)] == small


def test_a_row_without_a_parent_has_no_place():
    rows = lines(position("note_id"))
    assert all((row["place"] is None) == (row["note_id"] is None) for row in rows)


@pytest.mark.parametrize(
    ("word", "column", "message"),
    [
        (position("ordr_id"), "place", "table lines has no column 'ordr_id'"),
        (position("note_id"), "small", "lines.small is NOT NULL, and it reads lines.note_id, which may be NULL"),
        (
            position("order_id", gap=400),
            "small",
            "200 rows of one parent would have positions up to 80,201, but smallint",
        ),
    ],
)
def test_what_cannot_be_is_refused_before_a_row_is_made(word, column, message):
    with pytest.raises(UsageError) as refusal:
        lines(word, column=column)
    assert message in refusal.value.message


def test_a_place_among_no_columns_is_refused():
    with pytest.raises(UsageError, match="names no column of a parent"):
        position(())
