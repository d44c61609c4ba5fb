"""Test pairs that a score rejects or that lack a reverse: every row gets another pair, or the error says why not."""

from dataclasses import replace
from fractions import Fraction

import numpy as np
import pytest

from snap.errors import UsageError
from snap_builder.engine.fanout import FirstRows, Ratio, Weighed, Weights
from snap_builder.engine.reversals import Reversals
from snap_builder.engine.settled_pairs import _Held
from snap_builder.engine.streams import Seeds
from snap_builder.engine.unique_pairs import Side, UniquePairs

SEEDS = Seeds(7, "follows")


def _pairs(parents: int, rows: int, able: np.ndarray | None = None, **options: object) -> UniquePairs:
    ratio = Ratio.of(Fraction(rows), Fraction(parents))
    order = np.arange(parents) if able is None else able
    mask = np.zeros(parents, np.bool_)
    mask[order] = True
    weights = Weights.weighed(Weighed.of(np.ones(parents, np.int64), mask, parents, Fraction(1)), order)
    side = Side(ratio=ratio, weights=weights, parents=parents, least=parents)
    return UniquePairs.of(SEEDS, "pair", side, side, size=parents, same=True, **options)


@pytest.mark.parametrize("kept", [40, 20, 10, 5])
def test_a_row_never_has_a_pair_of_a_score_below_0(kept):
    def score(left, right):
        return np.where((left * 7919 + right * 104_729) % 100 < kept, 0, -1)

    left, right = _pairs(200, 400, score=score, candidates=4).rows(0, 400)
    assert (score(left, right) == 0).all()
    assert len(np.unique(left << 32 | right)) == 400


@pytest.mark.slow
def test_rows_find_the_last_pairs_that_a_score_leaves():
    def score(left, right):
        return np.where((left + right) % 10 == 0, 0, -1)

    # Of 400 pairs 40 have a sum of whole tens; 4 of these join a row with itself.
    left, right = _pairs(20, 36, score=score).rows(0, 36)
    assert len(np.unique(left << 32 | right)) == 36
    with pytest.raises(
        UsageError, match=r"no new pair was found for row 3[0-9] of follows: each of 4[0-9]{2} pairs that were tried"
    ):
        _pairs(20, 37, score=score).rows(0, 37)


def test_a_score_that_leaves_nothing_is_refused_with_what_was_tried():
    with pytest.raises(
        UsageError, match=r"pairs that were tried belongs to another row, or has a score below 0$"
    ) as refusal:
        _pairs(30, 60, score=lambda left, right: np.full(len(left), -1)).rows(0, 60)
    assert "let the score return 0 or more for more pairs" in str(refusal.value.hint)


def test_a_left_whose_first_row_finds_no_right_is_named():
    pairs = _pairs(30, 60, score=lambda left, right: np.where(left == 4, -1, 0))
    with pytest.raises(
        UsageError, match="no new pair was found for row 8 of follows: each of 62 pairs that were tried"
    ):
        lefts = np.arange(30)
        replace(pairs, first=FirstRows.of(lefts, pairs.left.ratio.arrival(lefts), 1)).rows(0, 60)


def test_a_row_is_reversed_only_where_the_score_allows_both_ways():
    def score(left, right):
        return np.where(left % 3 <= right % 3, 0, -1)

    left, right = _pairs(200, 400, score=score, reversals=Reversals.of(Fraction(60), Fraction(1))).rows(0, 400)
    assert (score(left, right) == 0).all()
    reverse = np.isin(left << 32 | right, right << 32 | left)
    assert reverse.sum() == 240
    assert len(np.unique(left << 32 | right)) == 400


def test_no_pair_has_its_reverse_where_mutual_does_not_ask_for_it():
    left, right = _pairs(40, 700, reversals=Reversals.of(Fraction(1, 100), Fraction(1))).rows(0, 700)
    assert not np.isin(left << 32 | right, right << 32 | left).any()


def test_pairs_that_need_a_reverse_and_have_none_are_refused_with_the_reason():
    pairs = _pairs(30, 60, score=lambda left, right: left - right, reversals=Reversals.of(Fraction(40), Fraction(1)))
    with pytest.raises(UsageError, match="has a score below 0, or has no allowed reverse, which mutual= needs"):
        pairs.rows(0, 60)


def test_of_equal_pairs_the_earliest_row_keeps_it():
    held = _Held()
    assert sorted(held.keep(np.array([5, 5, 7]), np.array([3, 4, 6]))) == [4]
    assert sorted(held.keep(np.array([5, 7, 9]), np.array([1, 8, 9]))) == [3, 8]
    assert sorted(held.keep(np.array([5, 7, 9]), np.array([2, 7, 10]))) == [2, 7, 10]
