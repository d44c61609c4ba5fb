"""Test that spread moments lie within their span of time."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from snap_builder.engine.calendar import DAY, SECOND, midnight, spread
from snap_builder.engine.streams import Seeds

SEEDS = Seeds(1, "t")
AS_OF = midnight("2026-11-01")


@given(st.integers(0, AS_OF), st.integers(SECOND, 60 * 365 * DAY))
def test_a_moment_lies_in_its_span(low, length):
    moments = spread(SEEDS.bits("x", 0, 50), np.full(50, low), np.full(50, low + length))
    assert moments.min() >= low
    assert moments.max() < low + length


def test_midnight_is_utc():
    assert midnight("1970-01-02") == DAY
