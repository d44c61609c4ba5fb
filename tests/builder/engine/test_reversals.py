"""Test reversals: their number is exact, each is near the row that it reverses, and all builds have the same ones."""

from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from snap_builder.engine.reversals import Reversals
from snap_builder.engine.streams import Seeds

STREAM = Seeds(7, "follows").stream("mutual")
percents = st.sampled_from([Fraction(text) for text in ("1", "10", "30", "37.5", "38", "40", "12.3457", "100")])
blocks = st.lists(st.integers(1, 60), min_size=1, max_size=12).map(
    lambda sizes: np.repeat(np.arange(len(sizes)), sizes)
)


@given(percents, blocks, st.integers(0, 5_000))
def test_a_row_reverses_one_earlier_row_of_its_block_that_is_no_reverse(percent, block, first):
    chosen, later, earlier = Reversals.of(percent, Fraction(1)).among(STREAM, first, block)
    assert (earlier < later).all()
    assert (block[earlier] == block[later]).all()
    assert (later - earlier < 10).all()
    assert len(np.unique(np.concatenate([earlier, later]))) == 2 * len(later)
    assert chosen[earlier].all()
    assert not chosen[later].any()


@given(percents, blocks, st.data())
def test_a_longer_table_reverses_what_a_shorter_one_does(percent, block, data):
    stop = data.draw(st.integers(1, len(block)))
    reversals = Reversals.of(percent, Fraction(1))
    whole, part = reversals.among(STREAM, 0, block), reversals.among(STREAM, 0, block[:stop])
    assert (part[0] == whole[0][:stop]).all()
    kept = whole[1] < stop
    assert (part[1] == whole[1][kept]).all()
    assert (part[2] == whole[2][kept]).all()


@given(percents, blocks)
def test_a_block_reverses_the_same_rows_whether_those_before_it_are_made(percent, block):
    reversals = Reversals.of(percent, Fraction(1))
    begin = int(np.searchsorted(block, block[-1]))
    _, later, earlier = reversals.among(STREAM, 0, block)
    _, mine, theirs = reversals.among(STREAM, begin, block[begin:])
    kept = block[later] == block[-1]
    assert (mine + begin == later[kept]).all()
    assert (theirs + begin == earlier[kept]).all()


@pytest.mark.parametrize("percent", ["1", "10", "30", "37.5", "38", "40", "12.3457", "100"])
def test_the_share_is_exact_in_a_block_of_whole_groups(percent):
    _, later, _ = Reversals.of(Fraction(percent), Fraction(1)).among(STREAM, 0, np.zeros(20_000, np.int64))
    assert len(later) == int(20_000 * Fraction(percent) / 200)


def test_rows_that_can_have_a_reverse_make_up_for_those_that_cannot():
    _, later, _ = Reversals.of(Fraction(30), Fraction(3, 5)).among(STREAM, 0, np.zeros(600, np.int64))
    assert len(later) == 150
    _, later, _ = Reversals.of(Fraction(90), Fraction(1, 2)).among(STREAM, 0, np.zeros(500, np.int64))
    assert len(later) == 250


def test_no_rows_have_no_reversals():
    chosen, later, earlier = Reversals.of(Fraction(30), Fraction(1)).among(STREAM, 40, np.empty(0, np.int64))
    assert (len(chosen), len(later), len(earlier)) == (0, 0, 0)
