"""Test pairs within one group: unique, of the exact number, and the same however many rows are asked for."""

from decimal import Decimal

import numpy as np
import pytest

from snap.errors import UsageError
from snap_builder.engine.candidates import Candidates
from snap_builder.engine.curves import heavy
from snap_builder.engine.fanout import FirstRows, Weights
from snap_builder.engine.grouped_pairs import Drawing, GroupedPairs
from snap_builder.engine.streams import Ints, Seeds

SEEDS = Seeds(7, "members")
CURVE = heavy(Decimal(64), Decimal("1.1"))
GROUPS = np.arange(40) % 8
NONE = (np.empty(0, np.int64), np.empty(0, np.int64))


def _pairs(
    rows: int, *, same: bool = False, fixed: tuple[Ints, Ints] = NONE, first: FirstRows | None = None
) -> GroupedPairs:
    every = np.arange(40)
    candidates = Candidates.of(every, np.zeros(40, np.int64), GROUPS, rows=rows, always=False)
    drawing = Drawing(
        seeds=SEEDS,
        name="pair",
        weights=Weights.of(SEEDS, "left", 40, CURVE),
        rows=rows,
        available=lambda numbers: np.full(len(numbers), 40),
        groups=GROUPS,
        candidates=candidates,
        right_weights=Weights.of(SEEDS, "right", 40, CURVE, order=candidates.order),
        same=same,
        first=first,
    )
    return drawing.settle(fixed)


@pytest.mark.parametrize(("rows", "same"), [(20, False), (190, False), (200, False), (160, True)])
def test_pairs_are_unique_and_of_one_group_even_if_all_are_asked_for(rows, same):
    left, right = _pairs(rows, same=same).rows(0, rows)
    assert len(set(zip(left, right, strict=True))) == rows
    assert (GROUPS[left] == GROUPS[right]).all()
    assert not same or (left != right).all()


def test_more_rows_begin_with_fewer():
    few, many = _pairs(60), _pairs(180)
    assert [side.tolist() for side in few.rows(10, 60)] == [side.tolist() for side in many.rows(10, 60)]


def test_pairs_that_are_given_stay_and_come_no_second_time():
    given = (np.array([0, 8, 16]), np.array([8, 0, 24]))
    left, right = _pairs(150, fixed=given).rows(0, 150)
    assert list(zip(left[:3], right[:3], strict=True)) == [(0, 8), (8, 0), (16, 24)]
    assert len(set(zip(left, right, strict=True))) == 150


def test_a_row_that_is_guaranteed_to_a_left_has_it_unless_the_left_has_all_its_pairs():
    given = (np.repeat([0], 5), np.arange(0, 40, 8))
    guaranteed = FirstRows(np.array([5, 6, 7]), np.array([0, 39, 39]))
    left, right = _pairs(150, fixed=given, first=guaranteed).rows(0, 150)
    assert (left[:5] == 0).all()
    assert left[5] != 0
    assert (left[6:8] == 39).all()
    assert len(set(zip(left, right, strict=True))) == 150


@pytest.mark.slow
def test_a_row_that_finds_no_pair_is_named():
    with pytest.raises(UsageError, match="no new pair was found for row 200 of members"):
        _pairs(201)
