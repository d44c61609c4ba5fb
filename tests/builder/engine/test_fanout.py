"""Test fan-out: first rows of parents, the exact share of parents without children, weights, and no order by number."""

from decimal import Decimal
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from snap_builder.engine.blocks import Shares
from snap_builder.engine.curves import heavy
from snap_builder.engine.fanout import FirstRows, Ratio, Weighed, Weights, _ranks
from snap_builder.engine.streams import Seeds

SEEDS = Seeds(7, "orders")
CURVE = heavy(Decimal(64), Decimal("1.1"))


def _parents(ratio: Ratio, parents: int, *, none: int = 30, each: int = 1) -> tuple[np.ndarray, np.ndarray]:
    present = Shares.of([none, 100 - none]).choose(SEEDS.stream("none"), 0, parents) == 1
    weights = Weights.of(SEEDS, "weight", parents, CURVE, present)
    rows = np.arange(ratio.rows(parents))
    least = int(np.flatnonzero(present)[0]) + 1
    available = np.maximum(least, ratio.present(rows))
    parent = weights.windows(available).draw(SEEDS.wide("parent", 0, len(rows), 2))
    able = np.flatnonzero(present)
    FirstRows.of(able, ratio.arrival(able), each).place(parent, 0)
    return parent, present


@given(st.integers(1, 50), st.integers(1, 50), st.integers(1, 300))
def test_a_row_names_the_parents_of_the_smallest_build_that_has_it(children, parents, rows):
    ratio = Ratio.of(Fraction(children), Fraction(parents))
    numbers = np.arange(rows)
    present = ratio.present(numbers)
    assert all(ratio.rows(int(count)) > row for row, count in zip(numbers, present, strict=True))
    assert all(ratio.rows(int(count) - 1) <= row for row, count in zip(numbers, present, strict=True))
    assert (ratio.present(ratio.arrival(numbers)) > numbers).all()


@pytest.mark.parametrize(("children", "parents"), [(2_500, 300), (6_000, 2_500), (1, 1), (7, 3)])
def test_exactly_the_share_has_no_child_in_every_block(children, parents):
    drawn, present = _parents(Ratio.of(Fraction(children), Fraction(parents)), 3_000)
    assert ((np.bincount(drawn, minlength=3_000) > 0) == present).all()


def test_the_number_of_rows_follows_the_weight_and_not_the_row_number():
    drawn, _ = _parents(Ratio(8, 1), 30_000)
    tenths = np.array_split(np.bincount(drawn, minlength=30_000), 10)
    # Without the few heaviest, whose place is chance.
    means = [float(np.sort(tenth)[:-30].mean()) for tenth in tenths]
    assert max(means) < 2 * min(means)


def test_a_few_parents_have_most_of_the_rows():
    drawn, _ = _parents(Ratio(8, 1), 30_000)
    counts = np.sort(np.bincount(drawn, minlength=30_000))[::-1]
    assert 0.5 < counts[:3_000].sum() / counts.sum() < 0.9
    assert counts[0] > 50 * counts.mean()


@pytest.mark.parametrize("parents", [100, 250, 1_010, 7_777])
def test_a_larger_build_begins_with_the_smaller_one(parents):
    small, _ = _parents(Ratio(25, 3), parents)
    large, _ = _parents(Ratio(25, 3), 9_000)
    assert (small == large[: len(small)]).all()


@pytest.mark.parametrize("each", [1, 2, 5])
def test_each_parent_gets_its_first_rows_on_arrival(each):
    ratio = Ratio(5, 1)
    first = FirstRows.of(np.arange(200), ratio.arrival(np.arange(200)), each)
    assert (np.diff(first.rows) > 0).all()
    assert (np.bincount(first.parents) == each).all()
    assert (first.rows < ratio.rows(200)).all()
    assert (first.parents < ratio.present(first.rows)).all()


@given(st.sets(st.integers(0, 60)), st.lists(st.integers(0, 70)), st.integers(0, 70))
def test_ranks_are_those_that_a_search_finds_whether_places_are_few_or_many(members, places, one):
    rising = np.array(sorted(members), np.int64)
    few = np.array(places, np.int64)
    many = np.tile(np.append(few, one), 71)
    for asked in (few, many):
        first, second = _ranks(rising, asked, one)
        assert first.tolist() == np.searchsorted(rising, asked).tolist()
        assert int(second) == int(np.searchsorted(rising, one))


@given(st.lists(st.integers(0, 50), min_size=20, max_size=200), st.data())
def test_a_parents_weight_is_the_same_in_every_build(numbers, data):
    numbers = np.array([1, *numbers])
    stop = data.draw(st.integers(16, len(numbers)))
    whole, part = (Weighed.of(each, each > 0, 16, Fraction(3)) for each in (numbers, numbers[:stop]))
    assert (part.values == whole.values[:stop]).all()
    assert (part.levels == whole.levels[:stop]).all()
    assert (whole.values[numbers == 0] == 0).all()


def test_the_heavier_a_parent_the_more_parents_it_is_drawn_among():
    numbers = np.ones(5_000, np.int64)
    numbers[100::100] = 1_000
    weighed = Weighed.of(numbers, numbers > 0, 16, Fraction(2))
    light, heavy_ = weighed.levels[numbers == 1][200:], weighed.levels[numbers == 1_000]
    assert heavy_.min() > light.max()


def test_fewer_parents_than_are_there_from_the_first_row_on_are_weighed_too():
    assert Weighed.of(np.full(10, 3), np.ones(10, np.bool_), 16, Fraction(1)).values.shape == (10,)
