"""Test durations: within their range, in whole units, of the declared shape; only interval columns accept them."""

from __future__ import annotations

import pytest

from snap.errors import UsageError
from snap.schema import Schema, Table
from snap_builder.declare import Dataset, duration, histogram, integer, quantiles
from snap_builder.declare import Table as Declared
from tests.builder.compiled.declarations import built
from tests.builder.compiled.tenants import columns

SCHEMA = Schema(
    tables=(
        Table(
            name="calls",
            columns=columns("id bigint", "lasted interval", "waited interval?", "note text?"),
            primary_key=("id",),
        ),
    ),
    enums=(),
    sql="",
)
DAY = 86_400_000_000


def lengths(word, column="lasted", count=160, scale=1, **words):
    declared = Dataset(tables=[Declared("calls", count, {column: word, **words})])
    made = built(declared, scale, SCHEMA)["calls"][column].to_pylist()
    assert all(each is None or (each["months"], each["microseconds"] < DAY) == (0, True) for each in made)
    return [None if each is None else each["days"] * DAY + each["microseconds"] for each in made]


@pytest.mark.parametrize(
    ("low", "high", "unit"),
    [("15m", "3h", 60_000_000), ("1d", "9d", DAY), ("30s", "2m", 1_000_000), ("0s", "1w", 1_000_000)],
)
def test_a_length_is_in_its_range_and_of_whole_units(low, high, unit):
    made = lengths(duration(low, high))
    spans = {"15m": 900, "3h": 10_800, "1d": 86_400, "9d": 777_600, "30s": 30, "2m": 120, "0s": 0, "1w": 604_800}
    assert spans[low] * 1_000_000 <= min(made) < max(made) <= spans[high] * 1_000_000
    assert {each % unit for each in made} == {0}
    assert len({*made}) > 5


def test_a_shape_counts_in_seconds():
    made = lengths(duration("0s", "1h", shape=quantiles(0, 60, 3_600)))
    for start in range(0, 160, 16):
        assert sum(each < 60_000_000 for each in made[start : start + 16]) == 8


def test_a_larger_build_begins_with_the_smaller_one_and_null_has_its_share():
    word = duration("1m", "2d", none=25)
    small = lengths(word, "waited")
    assert lengths(word, "waited", scale=3)[:160] == small
    assert [small[start : start + 4].count(None) for start in range(0, 160, 4)] == [1] * 40


def test_an_interval_that_may_not_be_null_has_lengths_by_inference():
    made = built(Dataset(rows={"calls": 160}), 1, SCHEMA)["calls"]
    assert len({str(each) for each in made["lasted"].to_pylist()}) > 20
    assert made["waited"].null_count == 160


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: duration("2h", "1h"), "no length of time lies between 2h and 1h (write the shorter one first)"),
        (lambda: duration("-2h", "1h"), "no length of time lies between -2h and 1h"),
        (lambda: duration("2 hours", "3h"), "'2 hours' is not a span of time"),
        (lambda: duration("1h", "2h", shape=histogram({1: 1})), "histogram() is a shape for fanout=, not for values"),
        (
            lambda: lengths(duration("1h", "2h"), "note"),
            "calls.note: the column is text, which holds texts, but the word makes durations",
        ),
        (
            lambda: lengths(integer(1, 2)),
            'which holds durations, but the word makes numbers (write duration("15m", "3h"))',
        ),
    ],
)
def test_what_is_no_length_of_time_is_refused(make, message):
    with pytest.raises(UsageError) as refusal:
        make()
    assert message in f"{refusal.value} ({refusal.value.hint})"
