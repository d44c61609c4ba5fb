"""Moments stay in their span, and lean towards evenings and weekends."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from snap_builder.engine.calendar import DAY, HOUR, SECOND, midnight, sociable, spread
from snap_builder.engine.streams import Seeds

SEEDS = Seeds(1, "t")
AS_OF = midnight("2026-11-01")


@given(st.integers(0, AS_OF), st.integers(SECOND, 60 * 365 * DAY))
def test_a_moment_lies_in_its_span(low, length):
    bits = SEEDS.bits("x", 0, 50)
    lows, highs = np.full(50, low), np.full(50, low + length)
    moments = spread(bits, lows, highs)
    assert moments.min() >= low
    assert moments.max() < low + length
    kept = sociable(SEEDS.bits("y", 0, 50), moments, lows, highs, np.full(50, 330))
    assert kept.min() >= low
    assert kept.max() <= low + length


def test_people_are_awake_in_their_own_time_zone():
    low, high = np.full(50_000, AS_OF - 700 * DAY), np.full(50_000, AS_OF)
    for offset in (-480, 0, 540):
        at = sociable(
            SEEDS.bits("y", 0, 50_000),
            spread(SEEDS.bits("x", 0, 50_000), low, high),
            low,
            high,
            np.full(50_000, offset),
        )
        local = at + offset * 60 * SECOND
        hours = local // HOUR % 24
        assert ((hours >= 17) & (hours < 23)).mean() > 0.5
        assert ((hours >= 1) & (hours < 6)).mean() < 0.02
        weekend = (local // DAY + 3) % 7 >= 5
        assert 0.38 < weekend.mean() < 0.5


def test_midnight_is_utc():
    assert midnight("1970-01-02") == DAY
