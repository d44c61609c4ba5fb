"""Lists of different lengths, stored as arrays, from which many rows choose at once."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from snap_builder.engine.streams import Bits, Ints, below


@dataclass(frozen=True, slots=True)
class Ragged:
    """Lists end to end: list i is values[starts[i] : starts[i] + counts[i]]."""

    values: Ints
    starts: Ints
    counts: Ints

    def pick(self, index: Ints, choice: Ints) -> Ints:
        """Return element `choice` of list `index`. The result has no meaning if the list is shorter."""
        return self.values[np.minimum(self.starts[index] + choice, len(self.values) - 1)]

    def choose(self, index: Ints, bits: Bits) -> Ints:
        """Return one element of each list, all equally likely. The result has no meaning for an empty list."""
        return self.pick(index, below(bits, np.maximum(self.counts[index], 1)))


def ragged(lists: Sequence[Sequence[int]]) -> Ragged:
    counts = np.array([len(items) for items in lists], np.int64)
    values = np.array([item for items in lists for item in items] or [0], np.int64)
    return Ragged(values, np.cumsum(counts) - counts, counts)


@dataclass(frozen=True, slots=True)
class Weighted:
    """Lists of elements with whole weights. `totals` has the sum of each list's weights, 0 for an empty list."""

    values: Ints
    ends: Ints  # the weights, cumulated over all lists
    bases: Ints
    totals: Ints

    def choose(self, index: Ints, bits: Bits) -> Ints:
        """Return one element of each list, as likely as its weight says. No list may be empty."""
        at = self.bases[index] + below(bits, self.totals[index])
        return self.values[np.searchsorted(self.ends, at, side="right")]


def weighted(lists: Sequence[Sequence[tuple[int, int]]]) -> Weighted:
    """Return lists of (element, weight) as arrays, without the elements of weight 0."""
    kept = [[(value, weight) for value, weight in items if weight] for items in lists]
    totals = np.array([sum(weight for _, weight in items) for items in kept], np.int64)
    flat = [pair for items in kept for pair in items]
    values, weights = (np.array([pair[i] for pair in flat], np.int64) for i in (0, 1))
    return Weighted(values, np.cumsum(weights), np.cumsum(totals) - totals, totals)


def first_of(rows: int, row: Ints, kind: Ints, kinds: int) -> Ints:
    """Return, for each element, the place of the first one of the same row and kind."""
    key = row * kinds + kind
    first = np.zeros(rows * kinds, np.int32)
    first[key[::-1]] = np.arange(len(key) - 1, -1, -1, dtype=np.int32)
    return first[key].astype(np.int64)


def sums(values: NDArray[Any], starts: Ints) -> NDArray[Any]:
    """Return the sums of runs of rows that begin at `starts`; no run is empty."""
    return np.add.reduceat(values, starts, axis=0)
