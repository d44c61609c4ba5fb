"""Keys: unique pairs, exact volumes, and growth that only appends."""

import uuid

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from builder.keys import Schedule, best_of, first_events, uuids
from builder.seeds import Seeds, below
from snap.errors import UsageError

SEEDS = Seeds(7, "likes")
BASE = {"users": 60, "recipes": 90, "likes": 400}


def _events(scale_percent: int, *, rows: int | None = None):
    counts = {name: count * scale_percent // 100 for name, count in BASE.items()}

    def draw(events, available):
        left = below(SEEDS.bits("left", int(events[0]), int(events[-1]) + 1), available["users"])
        right = below(SEEDS.bits("right", int(events[0]), int(events[-1]) + 1), available["recipes"])
        return left, right, left % 5 != right % 5

    return first_events(
        table="likes",
        rows=counts["likes"] if rows is None else rows,
        schedules={
            name: (Schedule(parents=BASE[name], events=BASE["likes"] * 170 // 100), counts[name])
            for name in ("users", "recipes")
        },
        draw=draw,
    )


@given(st.integers(90, 300), st.integers(90, 300))
def test_a_larger_build_begins_with_the_smaller_one(one, other):
    small, large = _events(min(one, other)), _events(max(one, other))
    for column in ("number", "left", "right"):
        assert np.array_equal(getattr(small, column), getattr(large, column)[: len(small.number)])


def test_the_block_size_does_not_matter(monkeypatch):
    whole = _events(200)
    monkeypatch.setattr("builder.keys._BLOCK", 37)
    assert np.array_equal(_events(200).number, whole.number)


def test_pairs_are_unique_exact_in_number_and_within_the_parents():
    events = _events(200)
    assert len(events.number) == 800
    assert len(set(zip(events.left.tolist(), events.right.tolist(), strict=True))) == 800
    assert events.left.max() < 120
    assert events.right.max() < 180
    assert np.all(events.left % 5 != events.right % 5)


def test_more_rows_than_pairs_is_refused_with_what_would_be_possible():
    with pytest.raises(UsageError, match=r"9999 rows of likes are impossible with 60 users, 90 recipes: at most \d+"):
        _events(100, rows=9999)


@given(st.integers(1, 500), st.integers(1, 2000), st.integers(1, 600))
def test_a_schedule_never_draws_beyond_its_parents_before_its_last_event(parents, events, build):
    schedule = Schedule(parents=parents, events=events)
    last = schedule.last(build)
    if last:
        assert int(schedule.available(np.array([last - 1]))[0]) <= build
    assert int(schedule.available(np.array([last]))[0]) > build


def test_the_best_of_more_candidates_is_heavier_tailed():
    events = np.arange(20_000)
    tops = []
    for candidates in (1, 4, 16):
        chosen = best_of(SEEDS.stream("x"), events, np.full(20_000, 100), candidates, lambda who: who * 7919 % 100)
        counts = np.sort(np.bincount(chosen, minlength=100))
        tops.append(counts[-10:].sum() / 20_000)
    assert tops[0] < 0.13 < tops[1] < 0.45 < tops[2]


def test_a_crowd_limits_candidates_where_few_are_available():
    events = np.arange(5_000)
    free = best_of(SEEDS.stream("x"), events, np.full(5_000, 10), 8, lambda who: who)
    few = best_of(SEEDS.stream("x"), events, np.full(5_000, 10), 8, lambda who: who, crowd=20)
    assert np.bincount(few, minlength=10)[9] < 700 < 2_000 < np.bincount(free, minlength=10)[9]


@given(st.integers(0, 1000), st.integers(0, 20), st.integers(0, 20))
def test_uuids_are_version_4_distinct_and_independent_of_the_split(start, first, second):
    whole = uuids(SEEDS.stream("id"), start, start + first + second)
    left = uuids(SEEDS.stream("id"), start, start + first)
    assert np.array_equal(whole[:first], left)
    keys = [uuid.UUID(bytes=row.tobytes()) for row in whole]
    assert len(set(keys)) == len(keys)
    assert all(key.version == 4 and key.variant == uuid.RFC_4122 for key in keys)
