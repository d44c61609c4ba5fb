"""Test parents drawn from the other parent's group: only existing parents, by weight, and none without a group."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from snap_builder.engine.blocks import Shares
from snap_builder.engine.fanout import Weighed, Weights
from snap_builder.engine.nearness import Grouped, Near
from snap_builder.engine.streams import Seeds

SEEDS = Seeds(7, "follows")


def _grouped(groups: np.ndarray, numbers: np.ndarray) -> Grouped:
    weighed = Weighed.of(numbers, numbers > 0, len(numbers), 1)
    return Grouped.of(groups, np.flatnonzero(numbers > 0), lambda order: Weights.weighed(weighed, order))


def _near(groups: list[int], numbers: list[int]) -> Near:
    side = _grouped(np.array(groups, np.int32), np.array(numbers))
    return Near(shares=Shares.of([1, 1]), sides=(side, side))


def _draw(near: Near, others: np.ndarray, available: np.ndarray) -> np.ndarray:
    return near.windows(1, others, available).draw(SEEDS.wide("near", 0, len(others), 2))


@given(st.lists(st.tuples(st.integers(-1, 4), st.integers(0, 3)), min_size=2, max_size=60), st.data())
def test_a_row_draws_a_parent_of_the_others_group_that_is_there_or_none(parents, data):
    groups, numbers = (np.array(each) for each in zip(*parents, strict=True))
    others = np.array(data.draw(st.lists(st.integers(-1, len(groups) - 1), min_size=1, max_size=40)))
    available = np.array(data.draw(st.lists(st.integers(1, len(groups)), min_size=len(others), max_size=len(others))))
    drawn = _draw(_near(groups, numbers), others, available)
    for other, there, parent in zip(others, available, drawn, strict=True):
        group = -1 if other < 0 else groups[other]
        able = np.flatnonzero((groups[:there] == group) & (numbers[:there] > 0) & (group >= 0))
        assert (parent in able) if len(able) else parent == -1


def test_in_a_group_the_heavier_parent_is_drawn_more_often():
    drawn = _draw(_near([0, 1, 0, 1], [1, 5, 2, 5]), np.zeros(30_000, np.int64), np.full(30_000, 4))
    counts = np.bincount(drawn, minlength=4)
    assert counts[[1, 3]].sum() == 0
    assert 1.9 < counts[2] / counts[0] < 2.1


def test_groups_that_lie_elsewhere_are_the_same():
    near = _near([0, 1, 0, 1], [1, 5, 2, 5])
    moved = Near(shares=near.shares, sides=tuple(side.stored(np.copy) for side in near.sides))
    others, available = np.arange(4), np.full(4, 4)
    assert (_draw(near, others, available) == _draw(moved, others, available)).all()
