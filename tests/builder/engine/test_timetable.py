"""Test weighted time: every number is a moment in an open hour of local clocks, in every zone and at every change."""

from __future__ import annotations

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from snap_builder.engine.timetable import BEGIN, END, MOST, Clocks, Timetable
from snap_builder.engine.zones import zone
from tests.params import examples

# Changes of an hour, of half an hour, of none, of a whole day, and offsets that are no whole hours.
NAMES = ("UTC", "Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "Asia/Kathmandu", "Pacific/Apia")
AROUND = (
    (datetime(2024, 3, 30, tzinfo=UTC), datetime(2024, 4, 1, tzinfo=UTC)),
    (datetime(2024, 10, 26, tzinfo=UTC), datetime(2024, 10, 28, tzinfo=UTC)),
    (datetime(2024, 3, 9, tzinfo=UTC), datetime(2024, 3, 12, tzinfo=UTC)),
    (datetime(2024, 4, 5, tzinfo=UTC), datetime(2024, 4, 8, tzinfo=UTC)),
    (datetime(2011, 12, 28, tzinfo=UTC), datetime(2012, 1, 2, tzinfo=UTC)),
    (datetime(2019, 1, 1, tzinfo=UTC), datetime(2025, 1, 1, tzinfo=UTC)),
)
tables = st.builds(
    Timetable,
    *(
        st.lists(st.sampled_from((0, 0, 1, 7, MOST)), min_size=n, max_size=n).filter(any).map(tuple)
        for n in (24, 7, 12)
    ),
)


def _weight(table, local):
    return table.hours[local.hour] * table.weekdays[local.weekday()] * table.months[local.month - 1]


@examples(12, 300)
@given(tables, st.sampled_from(NAMES), st.sampled_from(AROUND), st.lists(st.floats(0, 1), min_size=1, max_size=8))
def test_what_lies_between_the_ends_of_a_window_is_a_moment_of_it_and_of_an_open_hour(table, name, window, shares):
    low, high = (int(end.timestamp()) for end in window)
    clocks = Clocks(table, (zone(name),))
    first, last = clocks.upto(np.array([low, high]))
    if first == last:
        return
    drawn = np.array([min(int(first + (last - first) * share), last - 1) for share in shares])
    moments = clocks.at(drawn)
    assert ((moments >= low) & (moments < high)).all()
    for moment, number in zip(moments.tolist(), drawn.tolist(), strict=True):
        assert _weight(table, datetime.fromtimestamp(moment, ZoneInfo(name)))
        assert clocks.upto(np.array([moment]))[0] <= number < clocks.upto(np.array([moment + 1]))[0]


@examples(6, 100)
@given(tables, st.lists(st.tuples(st.sampled_from(NAMES), st.floats(-0.1, 1.1)), min_size=1, max_size=12))
def test_each_moment_is_told_by_the_clocks_of_its_own_zone(table, rows):
    """Several zones together give the same results as each zone alone, also outside the known range of time."""
    of = np.array([NAMES.index(name) for name, _ in rows])
    moments = np.array([int(BEGIN + share * (END - BEGIN)) for _, share in rows])
    together = Clocks(table, tuple(map(zone, NAMES)), of)
    weights = together.upto(moments)
    shifted = weights + np.arange(-1, len(rows) - 1)
    for index, (name, _) in enumerate(rows):
        alone = Clocks(table, (zone(name),))
        assert alone.upto(moments[index : index + 1]) == weights[index]
        assert alone.at(shifted[index : index + 1]) == together.at(shifted)[index]


@examples(6, 100)
@given(tables, st.sampled_from(NAMES), st.sampled_from(AROUND[:-1]))
def test_a_window_weighs_what_its_seconds_weigh_by_local_clocks(table, name, window):
    low, high = (int(end.timestamp()) for end in window)
    step = 900  # all clocks change at a quarter of an hour
    quarters = (datetime.fromtimestamp(each, ZoneInfo(name)) for each in range(low, high, step))
    first, last = Clocks(table, (zone(name),)).upto(np.array([low, high]))
    assert last - first == step * sum(_weight(table, local) for local in quarters)


def test_the_hour_that_is_left_out_has_no_moment_and_the_one_that_comes_twice_has_twice_as_many():
    table = Timetable(hours=tuple(int(hour == 2) for hour in range(24)))
    days = [datetime(2024, 3, 31, tzinfo=UTC), datetime(2024, 6, 1, tzinfo=UTC), datetime(2024, 10, 27, tzinfo=UTC)]
    begins = np.array([int(day.timestamp()) for day in days])
    clocks = Clocks(table, (zone("Europe/Berlin"),))
    weights = clocks.upto(begins + 86_400 - 7_200) - clocks.upto(begins)
    assert weights.tolist() == [0, 3_600, 7_200]


def test_the_largest_weights_of_two_centuries_stay_within_their_integers():
    table = Timetable((MOST,) * 24, (MOST,) * 7, (MOST,) * 12)
    first, last = Clocks(table, (zone("UTC"),)).upto(np.array([BEGIN - 10**9, END + 10**12]))
    assert last - first == (END - BEGIN) * MOST**3
    assert last < 2**60


@pytest.mark.parametrize("moment", [BEGIN, -1, 0, 1_700_000_000, END - 1])
def test_a_moment_of_open_time_is_the_moment_of_its_weight(moment):
    clocks = Clocks(Timetable(), (zone("America/New_York"),))
    assert clocks.at(clocks.upto(np.array([moment]))).tolist() == [moment]
