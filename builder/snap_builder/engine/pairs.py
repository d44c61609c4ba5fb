"""Pairs of parents that are unique and heavy-tailed. A larger build appends pairs to those of a smaller one.

An interaction table is the first N valid events of an endless stream. Row r draws its parents among those that the
smallest build with a row r has, so that a larger build begins with the smaller one; events that break a rule are
dropped, and of equal pairs the first stays.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import numpy as np
from numpy.typing import NDArray

from snap.errors import UsageError
from snap_builder.engine.streams import Bits, Ints, Stream, below

_FIRST_BLOCK = 32  # events in the first block; later ones hold an eighth of the rows so far
_LARGEST_BLOCK = 1 << 20  # so that 10 candidates of 8 bytes for each of its events stay below 100 MB
_PATIENCE = 10  # fewer than one new pair in so many events means that pairs run out
SMALLEST = 10  # a build is at least a tenth of its profile: the first rows draw among so many parents
_CROWDED = 7  # pairs there must be for each row in that smallest build, or it has to be larger


@dataclass(frozen=True, slots=True, kw_only=True)
class Schedule:
    """The number of parents that row r may draw among: as many as the smallest build with a row r has.

    `parents` and `children` are the dataset's proportions, `pairs` how many pairs of parents those give (None where
    children are not pairs), `present` the parents in this build.
    """

    parents: Fraction
    children: Fraction
    pairs: Fraction | None
    present: int

    @property
    def smallest(self) -> Fraction:
        """The smallest scale that is nested: pairs shrink with its square, rows only with itself."""
        crowded = _CROWDED * self.children / self.pairs if self.pairs else Fraction(0)
        return min(Fraction(1), max(Fraction(1, SMALLEST), crowded))

    def available(self, rows: Any) -> Any:
        """Return the number of parents for row number `rows`, an integer or an array of them."""
        ratio = self.parents / self.children
        few = max(1, int(self.parents * self.smallest))
        return np.maximum(few, rows * ratio.numerator // ratio.denominator)


@dataclass(frozen=True, slots=True, kw_only=True)
class Events:
    """The valid events: their numbers and the row numbers of their two parents, in event order, of shape (rows,)."""

    number: Ints
    left: Ints
    right: Ints


# (event numbers, parents available) -> left parents, right parents, whether each pair is valid
Draw = Callable[[Ints, Mapping[str, int]], tuple[Ints, Ints, NDArray[np.bool_]]]


def first_events(*, table: str, rows: int, schedules: Mapping[str, Schedule], draw: Draw) -> Events:
    """Return the first `rows` valid events with distinct pairs.

    Events are drawn in blocks. The size of a block and its available parents follow from the rows before it alone, and
    not from `rows`. Raise UsageError if so many rows cannot come from so few parents.
    """
    number, left, right = (np.empty(0, np.int64) for _ in range(3))
    start, barren, wider = 0, 0, 0
    while len(number) < rows:
        # Where pairs run out, allow a tenth more parents each time. A build that does not have them ends here.
        available = {
            name: int(schedule.available(len(number))) * (10 + wider) // 10 for name, schedule in schedules.items()
        }
        if any(available[name] > schedule.present for name, schedule in schedules.items()):
            break
        events = np.arange(start, start + min(max(_FIRST_BLOCK, len(number) // 8), _LARGEST_BLOCK), dtype=np.int64)
        start += len(events)
        new_left, new_right, valid = draw(events, available)
        before = len(number)
        number, left, right = _distinct(
            np.concatenate([number, events[valid]]),
            np.concatenate([left, new_left[valid]]),
            np.concatenate([right, new_right[valid]]),
        )
        if (len(number) - before) * _PATIENCE > len(events):
            barren, wider = 0, max(0, wider - 1)
        else:
            barren += len(events)
        if barren > _PATIENCE * (_FIRST_BLOCK + len(number)):
            barren, wider = 0, wider + 1
    if len(number) < rows:
        sizes = ", ".join(f"{schedule.present} {name}" for name, schedule in schedules.items())
        raise UsageError(
            f"{rows} rows of {table} are impossible with {sizes}: no more new pairs came after {len(number)}",
            "ask for fewer rows, for more of what they join, or for a larger scale",
            option="set",
        )
    return Events(number=number[:rows], left=left[:rows], right=right[:rows])


def _distinct(number: Ints, left: Ints, right: Ints) -> tuple[Ints, Ints, Ints]:
    """Keep the first event of each pair, in event order."""
    _, first = np.unique(left << np.int64(32) | right, return_index=True)
    first.sort()
    return number[first], left[first], right[first]


def best_of(stream: Stream, events: Ints, available: Any, candidates: int, score: Callable[[Ints], Ints]) -> Ints:
    """Return for each event the one of highest score among `candidates` numbers drawn from [0, available).

    The first of equal scores wins. So integers get a heavy tail: the more candidates, the heavier.
    """
    words: Bits = stream.wide(int(events[0]), int(events[-1]) + 1, candidates)
    best = below(words[:, 0], available)
    top = score(best)
    for i in range(1, candidates):
        other = below(words[:, i], available)
        value = score(other)
        better = value > top
        best = np.where(better, other, best)
        top = np.where(better, value, top)
    return best
