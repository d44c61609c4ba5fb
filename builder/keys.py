"""Keys: uuids by row number, and pairs of parents that are unique, heavy-tailed and grow by appending.

An interaction table is the first N valid events of an endless stream. Event j draws its parents among as many as a
fixed schedule gives to event j, whatever N is; events that break a rule are dropped, and of equal pairs the first
stays.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from builder.seeds import Bits, Ints, Stream, below
from snap.errors import UsageError

_BLOCK = 1 << 20  # events drawn at once: 16 candidates of 8 bytes each stay below 150 MB


def uuids(stream: Stream, start: int, stop: int) -> NDArray[np.uint8]:
    """Give random (version 4) uuids for rows [start, stop), uint8 of shape (rows, 16)."""
    words = stream.wide(start, stop, 2).astype(">u8").view(np.uint8).reshape(-1, 16)
    words[:, 6] = (words[:, 6] & 0x0F) | 0x40
    words[:, 8] = (words[:, 8] & 0x3F) | 0x80
    return words


@dataclass(frozen=True, slots=True, kw_only=True)
class Schedule:
    """How many parents exist for event j: `parents` of them per `events`, rounded down, plus one."""

    parents: int
    events: int

    def available(self, events: Ints) -> Ints:
        """Give the number of parents among which each event draws."""
        return 1 + events * self.parents // self.events

    def last(self, parents: int) -> int:
        """Give how many events there are before one would draw beyond `parents`."""
        return -(-parents * self.events // self.parents)


@dataclass(frozen=True, slots=True, kw_only=True)
class Events:
    """What survived: event numbers and the two parents' row numbers, in event order, each of shape (rows,)."""

    number: Ints
    left: Ints
    right: Ints


Draw = Callable[[Ints, Mapping[str, Ints]], tuple[Ints, Ints, NDArray[np.bool_]]]


def first_events(*, table: str, rows: int, schedules: Mapping[str, tuple[Schedule, int]], draw: Draw) -> Events:
    """Give the first `rows` valid events with distinct pairs.

    `schedules` holds, per parent, its schedule and how many there are in this build. `draw(events, available)` gives
    each event's left parent, right parent, and whether the pair may be. Errors: UsageError when so many rows cannot
    come from so few parents.
    """
    limit = min(schedule.last(count) for schedule, count in schedules.values())
    number, left, right = (np.empty(0, np.int64) for _ in range(3))
    seen = 0
    while len(number) < rows and seen < limit:
        # As many events at a time as rows are missing: pairs are compared a few times in all, not once a block.
        new: list[tuple[Ints, Ints, Ints]] = [(number, left, right)]
        upto = min(limit, seen + max(_BLOCK, (rows - len(number)) * 5 // 4))
        for first in range(seen, upto, _BLOCK):
            events = np.arange(first, min(upto, first + _BLOCK), dtype=np.int64)
            available = {name: schedule.available(events) for name, (schedule, _) in schedules.items()}
            new_left, new_right, valid = draw(events, available)
            new.append((events[valid], new_left[valid], new_right[valid]))
        seen = upto
        number, left, right = (np.concatenate(columns) for columns in zip(*new, strict=True))
        _, kept = np.unique(left << np.int64(32) | right, return_index=True)
        kept.sort()
        number, left, right = number[kept], left[kept], right[kept]
    if len(number) < rows:
        sizes = ", ".join(f"{count} {name}" for name, (_, count) in schedules.items())
        raise UsageError(
            f"{rows} rows of {table} are impossible with {sizes}: at most {len(number)}",
            f"ask for fewer (--set {table}={len(number)}), or for more of what they join",
        )
    return Events(number=number[:rows], left=left[:rows], right=right[:rows])


def best_of(
    stream: Stream,
    events: Ints,
    available: Ints,
    candidates: int,
    score: Callable[[Ints], Ints],
    *,
    crowd: int = 0,
) -> Ints:
    """Give, per event, the candidate of highest score among `candidates` drawn from [0, available).

    The first of equal scores wins. This is what makes a heavy tail out of integers: the more candidates, the heavier.
    With a `crowd`, there is one candidate more only for each `crowd` available: where few can be chosen, always
    choosing the best would soon give no new pairs.
    """
    words: Bits = stream.wide(int(events[0]), int(events[-1]) + 1, candidates)
    best = below(words[:, 0], available)
    top = score(best)
    for i in range(1, candidates):
        other = below(words[:, i], available)
        value = score(other)
        better = (value > top) & (available >= i * crowd)
        best = np.where(better, other, best)
        top = np.where(better, value, top)
    return best
