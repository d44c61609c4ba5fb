"""Test visits of parents: each span of time has one visit, the same for every table that asks for it."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from snap_builder.engine import zones
from snap_builder.engine.calendar import DAY, HOUR
from snap_builder.engine.columns import NEVER
from snap_builder.engine.streams import Seeds
from snap_builder.engine.timetable import Clocks, Timetable
from snap_builder.engine.visits import Spans

STREAM = Seeds(7, "users").stream("visits")
OFFICE = Clocks(Timetable(hours=(*[0] * 9, *[1] * 8, *[0] * 7)), (zones.zone("Europe/Berlin"),))


@given(st.integers(0, 2**30), st.integers(-(2**50), 2**52), st.integers(2 * HOUR, 60 * DAY))
def test_each_span_has_one_visit_and_moments_of_one_span_agree_on_it(parent, moment, every):
    of = Spans.of(STREAM, every, np.array([parent]), np.array([moment]))
    begin, visit = int(of.begin[0]), int(of.visits()[0])
    assert begin <= moment < begin + every
    assert begin <= visit < begin + every
    ends = np.array([begin, begin + every - 1, begin + every, begin - 1])
    four = Spans.of(STREAM, every, np.full(4, parent), ends)
    assert four.visits().tolist() == [visit, visit, *(int(of.moved(step).visits()[0]) for step in (1, -1))]


def test_spans_of_parents_begin_apart_and_their_visits_are_no_clock():
    parents = np.arange(1_000)
    begins = Spans.of(STREAM, 9 * DAY, parents, np.full(1_000, 20_000 * DAY))
    assert len(np.unique(begins.begin // HOUR)) > 190
    one = Spans.of(STREAM, 9 * DAY, np.zeros(500, np.int64), np.arange(500) * 9 * DAY)
    gaps = np.diff(one.visits()) / DAY
    assert gaps.min() < 2
    assert gaps.max() > 16


def test_visits_keep_hours_and_a_span_without_any_has_none():
    parents = np.arange(2_000)
    days = Spans.of(STREAM, DAY, parents, parents * 7 * HOUR)
    visits = days.visits(OFFICE)
    assert all((visits >= days.begin) & (visits < days.begin + DAY))
    assert {int(hour) for hour in visits // HOUR % 24} == set(range(8, 16))
    hours = Spans.of(STREAM, HOUR, parents, parents * 7 * HOUR).visits(OFFICE)
    assert 0.4 < np.mean(hours == NEVER) < 0.7
