"""Test that averages of whole numbers equal those of Python's decimals: rounded once, half away from zero."""

from __future__ import annotations

from decimal import ROUND_HALF_UP, Decimal, localcontext

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from snap_builder.engine.averages import averages
from snap_builder.engine.columns import NEVER
from tests.params import examples


@pytest.mark.slow
@examples(50, 500)
@given(st.lists(st.tuples(st.integers(-(10**15), 10**15), st.integers(1, 10**6)), min_size=1), st.integers(-6, 3))
def test_an_average_is_rounded_once_and_half_away_from_zero(pairs, more):
    made = averages(*(np.array(column, np.int64) for column in zip(*pairs, strict=True)), more)
    with localcontext(prec=60):
        wanted = [
            (Decimal(total) * Decimal(10) ** more / count).quantize(Decimal(1), ROUND_HALF_UP) for total, count in pairs
        ]
    assert made.tolist() == [int(each) for each in wanted]


@pytest.mark.parametrize(
    ("total", "count", "more", "wanted"), [(5, 2, 0, 3), (-5, 2, 0, -3), (25, 1, -1, 3), (1, 3, 2, 33)]
)
def test_halves_go_away_from_zero(total, count, more, wanted):
    assert averages(np.array([total]), np.array([count]), more).tolist() == [wanted]


def test_of_nothing_there_is_no_average():
    assert averages(np.array([0]), np.array([0]), 2).tolist() == [NEVER]
