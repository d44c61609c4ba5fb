"""Test parents with a limited number of rows, whatever their weight. A larger table begins with a smaller one."""

from decimal import Decimal

import numpy as np
import pytest

from snap_builder.engine.curves import heavy
from snap_builder.engine.fanout import Weights
from snap_builder.engine.room import spread
from snap_builder.engine.streams import Ints, Seeds

SEEDS = Seeds(7, "orders")
WEIGHTS = Weights.of(SEEDS, "weight", 50, heavy(Decimal(64), Decimal("1.5")))
NONE = np.empty(0, np.int64)


def _spread(rows: int, most: int, given: Ints = NONE) -> Ints | None:
    return spread(SEEDS, "parent", WEIGHTS, np.zeros(rows, np.int64), np.full(rows, 50), most, given)


@pytest.mark.parametrize(("rows", "most"), [(40, 1), (50, 1), (150, 3), (100, 7)])
def test_no_parent_has_more_even_if_all_are_full(rows, most):
    made = _spread(rows, most)
    assert made is not None
    assert np.bincount(made).max() <= most
    few = _spread(rows // 2, most)
    assert few is not None
    assert (few == made[: rows // 2]).all()


def test_rows_that_are_given_keep_their_parents_and_count():
    made = _spread(90, 2, np.array([4, 4, 7]))
    assert made is not None
    assert made[:3].tolist() == [4, 4, 7]
    assert 4 not in made[3:]


@pytest.mark.slow
def test_more_rows_than_there_is_room_for_find_none():
    assert _spread(101, 2) is None
