"""Keys: unique pairs, exact volumes, and growth that only appends."""

from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from snap.errors import UsageError
from snap_builder.engine.pairs import SMALLEST, Schedule, best_of, first_events
from snap_builder.engine.streams import Seeds, below

SEEDS = Seeds(7, "likes")
BASE = {"users": 200, "recipes": 300, "likes": 400}


def _schedule(parent: str, present: int) -> Schedule:
    return Schedule(
        parents=Fraction(BASE[parent]), children=Fraction(BASE["likes"]), pairs=Fraction(60_000), present=present
    )


def _events(scale: Fraction, *, rows: int | None = None):
    counts = {name: int(count * scale + Fraction(1, 2)) for name, count in BASE.items()}

    def draw(events, available):
        left = below(SEEDS.bits("left", int(events[0]), int(events[-1]) + 1), available["users"])
        right = below(SEEDS.bits("right", int(events[0]), int(events[-1]) + 1), available["recipes"])
        return left, right, left % 5 != right % 5

    return first_events(
        table="likes",
        rows=counts["likes"] if rows is None else rows,
        schedules={name: _schedule(name, counts[name]) for name in ("users", "recipes")},
        draw=draw,
    )


scales = st.fractions(Fraction(1, 2), 5, max_denominator=40)


@given(scales, scales)
def test_a_larger_build_begins_with_the_smaller_one(one, other):
    small, large = _events(min(one, other)), _events(max(one, other))
    for column in ("number", "left", "right"):
        assert np.array_equal(getattr(small, column), getattr(large, column)[: len(small.number)])


@given(scales)
def test_pairs_are_unique_exact_in_number_valid_and_within_the_parents(scale):
    events = _events(scale)
    rows = int(BASE["likes"] * scale + Fraction(1, 2))
    assert len(set(zip(events.left.tolist(), events.right.tolist(), strict=True))) == rows == len(events.number)
    assert events.left.max() < int(BASE["users"] * scale + Fraction(1, 2))
    assert events.right.max() < int(BASE["recipes"] * scale + Fraction(1, 2))
    assert np.all(events.left % 5 != events.right % 5)
    assert np.all(np.diff(events.number) > 0)


@pytest.mark.parametrize(("scale", "rows"), [(1, 48_001), (Fraction(1, 30), 13)])
def test_more_rows_than_there_can_be_are_refused_with_what_would_be_possible(scale, rows):
    with pytest.raises(
        UsageError,
        match=rf"{rows} rows of likes are impossible with \d+ users, \d+ recipes: no more new pairs came after \d+",
    ):
        _events(Fraction(scale), rows=rows)


@given(st.integers(1, 500), st.integers(1, 2000), st.fractions(Fraction(1, SMALLEST), 20, max_denominator=60))
def test_a_schedule_never_draws_beyond_the_parents_of_any_build(parents, children, scale):
    schedule = Schedule(parents=Fraction(parents), children=Fraction(children), pairs=None, present=0)
    half = Fraction(1, 2)
    present, rows = int(parents * scale + half), int(children * scale + half)
    if present and rows:
        assert schedule.available(np.arange(rows)).max() <= present


def test_the_best_of_more_candidates_is_heavier_tailed():
    events = np.arange(20_000)
    tops = []
    for candidates in (1, 4, 16):
        chosen = best_of(SEEDS.stream("x"), events, 100, candidates, lambda who: who * 7919 % 100)
        counts = np.sort(np.bincount(chosen, minlength=100))
        tops.append(counts[-10:].sum() / 20_000)
    assert tops[0] < 0.13 < tops[1] < 0.45 < tops[2]
