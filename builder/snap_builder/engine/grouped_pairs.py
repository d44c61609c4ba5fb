"""Unique pairs of parents of the same group, such as projects and members of the same tenant.

A row draws a left among all lefts that exist, and a right in the left's group. Of equal pairs, the earliest row keeps
its pair, and the other rows draw again, lefts too. A row that a left is guaranteed keeps its left, unless the left has
all its pairs. The result is the same as if one row drew after the other, but it is computed in vectors. So a row
depends only on the rows before it, and a larger build begins with a smaller one.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from snap.errors import UsageError
from snap_builder.engine.candidates import Candidates
from snap_builder.engine.fanout import FirstRows, Weights
from snap_builder.engine.streams import Bits, Ints, Seeds, below

_EVENLY = 8  # from this draw on, every parent is as likely as any other
_IN_TURN = 32  # from this draw on, a row tries one pair after another
_DRAWS = 1 << 12
_STEP = 1 << 16  # rows that draw together


@dataclass(frozen=True, slots=True, kw_only=True)
class GroupedPairs:
    """The pairs of all rows of a table, 8 bytes a row."""

    left: NDArray[np.int32]
    right: NDArray[np.int32]

    def rows(self, start: int, stop: int) -> tuple[Ints, Ints]:
        """Return the left and right parents of rows [start, stop), both of shape (rows,)."""
        return self.left[start:stop].astype(np.int64), self.right[start:stop].astype(np.int64)


@dataclass(frozen=True, slots=True, kw_only=True)
class Drawing:
    """How pairs are drawn: lefts by weight, and rights among the candidates of the left's group.

    `available` returns how many lefts each row number may draw from, and `first` are the rows that lefts are
    guaranteed. If `same`, both sides are of one table, and no row is paired with itself.
    """

    seeds: Seeds
    name: str
    weights: Weights
    rows: int
    available: Callable[[Ints], Ints]
    groups: Ints
    candidates: Candidates
    right_weights: Weights
    same: bool
    first: FirstRows | None = None

    def settle(self, fixed: tuple[Ints, Ints]) -> GroupedPairs:
        """Draw until each row has a pair that no earlier row has. The first rows have the `fixed` pairs.

        Errors: UsageError if a row finds no new pair.
        """
        rows = self.rows
        left, right = (np.full(rows, -1, np.int32) for _ in range(2))
        for side, values in zip((left, right), fixed, strict=True):
            side[: len(values)] = values
        given = len(fixed[0])
        again, attempts = np.arange(given, rows), np.zeros(rows, np.int16)
        while len(again):
            if int(attempts[again].max()) == _DRAWS:
                raise UsageError(
                    f"no new pair was found for row {again[0]} of {self.seeds.table}",
                    "ask for fewer rows, or for more rows of the joined tables",
                    option="set",
                )
            for start in range(0, len(again), _STEP):
                drawn = again[start : start + _STEP]
                left[drawn], right[drawn] = self._draw(drawn, attempts[drawn])
            again = self._lost(left, right, given, again)
            attempts[again] += 1
        return GroupedPairs(left=left, right=right)

    def _lost(self, left: NDArray[np.int32], right: NDArray[np.int32], given: int, drawn: Ints) -> Ints:
        """Return the rows, sorted, whose pair is invalid or belongs to an earlier row.

        Only rows with the same pair as a row of `drawn` are examined, because all others were settled before.
        """
        keys = left.astype(np.int64) << np.int64(32) | right
        rows = np.arange(len(left)) if 2 * len(drawn) > len(left) else _among(keys, np.sort(keys[drawn]))
        keys = keys[rows]
        order = np.argsort(keys, kind="stable")
        keys = keys[order]
        lost = np.zeros(len(rows), np.bool_)
        lost[order[1:]] = keys[1:] == keys[:-1]
        if self.same:
            lost |= left[rows] == right[rows]
        lost |= (left[rows] < 0) | (right[rows] < 0)
        lost &= rows >= given
        return rows[lost]

    def _draw(self, rows: Ints, attempts: NDArray[np.int16]) -> tuple[Ints, Ints]:
        stream = self.seeds.stream(f"{self.name}\0pair")
        words = stream.at(rows * _DRAWS + attempts, 4)
        evenly, late = attempts >= _EVENLY, attempts >= _IN_TURN
        available = self.available(rows)
        turn = below(stream.at(rows * _DRAWS, 1)[:, 0], 1 << 30) + attempts
        even = np.where(late, turn % available, below(words[:, 0], available))
        even = np.where(self.weights.has(even), even, -1)
        left = np.where(evenly, even, self.weights.windows(available).draw(words[:, :2]))
        owned = np.zeros(len(rows), np.bool_)
        if self.first is not None:
            owner = self.first.owners(rows)
            first, until = self._places(owner, rows)
            owned = (owner >= 0) & (attempts < _IN_TURN + until - first)  # not all of the left's pairs have been tried
            left = np.where(owned, owner, left)
        first, until = self._places(left, rows)
        count = np.maximum(1, until - first)
        place = first + np.where(late, np.where(owned, turn, turn // available) % count, below(words[:, 2], count))
        right = np.where(evenly, self._at(place), self._weighted(first, until, words[:, 2:]))
        return left, np.where((left < 0) | (until <= first), -1, right)

    def _places(self, lefts: Ints, rows: Ints) -> tuple[Ints, Ints]:
        """Return the places [first, until) of the candidates for these lefts and rows, none for a left of -1."""
        return self.candidates.places(np.where(lefts < 0, -1, self.groups[lefts]), rows)

    def _weighted(self, first: Ints, until: Ints, words: Bits) -> Ints:
        return self.right_weights.windows(until, first).draw(words)

    def _at(self, places: NDArray[np.int64]) -> Ints:
        return self.candidates.order[np.minimum(places, len(self.candidates.order) - 1)]


def _among(keys: Ints, known: Ints) -> Ints:
    """Return the positions of those `keys` that occur in the sorted `known`."""
    cuts = [keys[start : start + _STEP] for start in range(0, len(keys), _STEP)]
    found = [known[np.minimum(np.searchsorted(known, cut), len(known) - 1)] == cut for cut in cuts]
    return np.flatnonzero(np.concatenate(found))
