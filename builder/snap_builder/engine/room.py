"""Parents with a limited number of rows: a row draws again if earlier rows have filled its parent."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from snap_builder.engine.fanout import Weights
from snap_builder.engine.streams import Bits, Ints, Seeds, below

_EVENLY = 8  # from this draw on, every parent is as likely as any other
_IN_TURN = 32  # from this draw on, a row tries one parent after another
_DRAWS = 1 << 12
_STEP = 1 << 16  # rows that draw together


def spread(
    seeds: Seeds, name: str, weights: Weights, first: Ints, available: Ints, most: int, given: Ints
) -> Ints | None:
    """Return a parent for each row from places [first, available), so that no parent has more than `most` rows.

    The parent is -1 for a row without places. The first rows have the `given` parents. Of rows with the same parent,
    the earliest keep it: the result is the same as if one row drew after the other. Return None if a row finds no
    parent with room.
    """
    numbers = np.arange(len(first))
    parent = np.full(len(first), -1, np.int64)
    parent[: len(given)] = given
    open_ = available > first
    again = np.flatnonzero(open_ & (numbers >= len(given)))
    stream = seeds.stream(f"{name}\0room")
    for begin in range(0, len(first), _STEP):
        rows = again[np.searchsorted(again, begin) : np.searchsorted(again, begin + _STEP)]
        words = seeds.wide(name, begin, min(begin + _STEP, len(first)), 2)[rows - begin]
        parent[rows] = weights.windows(available[rows], first[rows]).draw(words)
    attempts = np.zeros(len(first), np.int16)
    while len(again := _lost(parent, most, len(given))):
        attempts[again] += 1
        if int(attempts[again].max()) == _DRAWS:
            return None
        for begin in range(0, len(again), _STEP):
            rows = again[begin : begin + _STEP]
            words = stream.at(rows * _DRAWS + attempts[rows], 3)
            parent[rows] = _draw(weights, words, first[rows], available[rows], attempts[rows])
        late = again[attempts[again] >= _IN_TURN]
        start = below(stream.at(late * _DRAWS, 1)[:, 0], 1 << 30) + attempts[late]
        parent[late] = _at(weights, first[late] + start % (available[late] - first[late]))
    return parent


def _lost(parent: Ints, most: int, given: int) -> Ints:
    """Return the rows, sorted, whose parent already has `most` earlier rows."""
    order = np.argsort(parent, kind="stable")
    ordered = parent[order]
    places = np.arange(len(order))
    begun = np.diff(ordered, prepend=-2) != 0
    place = places - np.maximum.accumulate(np.where(begun, places, 0))  # position among the rows of the parent
    lost = order[(place >= most) & (ordered >= 0) & (order >= given)]
    return np.sort(lost)


def _draw(weights: Weights, words: Bits, first: Ints, available: Ints, attempts: NDArray[np.int16]) -> Ints:
    drawn = weights.windows(available, first).draw(words[:, :2])
    even = _at(weights, first + below(words[:, 2], available - first))
    return np.where(attempts >= _EVENLY, even, drawn)


def _at(weights: Weights, places: Ints) -> Ints:
    return places if weights.order is None else weights.order[places]
