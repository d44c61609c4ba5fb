"""Draw the parents of child rows: which parents have no rows, and how many first and further rows the others have.

Row r of a child table may reference the parents that exist in the smallest build with a row r, so a larger build begins
with the smaller one. The slot of a parent in nested blocks determines its weight (snap_builder.engine.blocks). A parent
is drawn among the parents that arrived at about the same time: a light one among those of a block, a heavy one among
those of many blocks. So the number of a parent's rows follows its weight, and not its row number.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from fractions import Fraction
from itertools import accumulate, pairwise
from math import ceil

import numpy as np
from numpy.typing import NDArray

from snap_builder.engine.blocks import LEVELS, SIZE, nested
from snap_builder.engine.curves import Curve, part_of
from snap_builder.engine.streams import Bits, Ints, Seeds, below

_UNIT = 1 << 10  # weight of a level's lightest parent: the weights of a window sum to less than 2**31
_SPAN = 1 << 16  # the largest ratio of a level's heaviest parent to its lightest
_MASS = 1 << 24
_LARGEST = 1 << 31  # the largest weight by a column: sums of 10 ** 8 weights stay exact
_HEAVIEST = 1 << 27  # the largest weight in units of _UNIT: masses of windows stay below 2**31
_MOST = 1 << 52  # the largest number to weigh by
_PARTNERS = 8  # while a parent is drawn, this many other parents are added for each of its rows: few pairs repeat
_RATIO = 8
_WIDTHS = 9
_EVERY = slice(None)
_SPANS = tuple(SIZE ** (level + 1) for level in range(LEVELS))


@dataclass(frozen=True, slots=True)
class Ratio:
    """The ratio of a child table's rows to its parent's rows, as a fraction of whole numbers.

    `there` is the number of parents if their table is the same at every scale. Then all parents exist when the first
    child row is added.
    """

    children: int
    parents: int
    there: int = 0

    @classmethod
    def of(cls, children: Fraction, parents: Fraction, there: int = 0) -> Ratio:
        ratio = children / parents
        return cls(ratio.numerator, ratio.denominator, there)

    def rows(self, parents: int) -> int:
        """Return how many child rows there are for a number of parent rows."""
        return parents * self.children // self.parents

    def present(self, rows: Ints) -> Ints:
        """Return how many parents exist in the smallest build that has each row, shape (rows,)."""
        if self.there:
            return np.full_like(rows, self.there)
        return -((rows + 1) * -self.parents // self.children)

    def arrival(self, parents: Ints) -> Ints:
        """Return the first row that may reference each parent, shape (parents,)."""
        if self.there:
            return np.zeros_like(parents)
        return parents * self.children // self.parents


@dataclass(frozen=True, slots=True)
class Weights:
    """The weights of some parents of a table, for weighted draws. Takes 17 bytes a parent.

    A place is a parent's row number, or an index into `order`, which holds the row of each place. `members` are the
    places of the parents, level by level and rising within a level; a level begins and ends at two neighbours of
    `begins`. `sums` are the running sums of the members' weights, with one more element. `masses[level]` is the weight
    of a level's parents in a block of the level's size, if that is the same in every block.
    """

    members: Ints
    sums: Ints
    begins: tuple[int, ...]
    masses: tuple[int, ...] | None
    order: Ints | None = None
    whole: bool = False  # for a table that does not grow: one level, and each row draws among all parents
    spans: tuple[int, ...] = _SPANS  # for each level, the number of last places that it draws from

    @classmethod
    def of(
        cls,
        seeds: Seeds,
        column: str,
        parents: int,
        curve: Curve,
        present: NDArray[np.bool_] | None = None,
        order: Ints | None = None,
        *,
        whole: bool = False,
    ) -> Weights:
        """Return the weights of `parents` parents, which follow a curve.

        Parents that are not `present`, or not in `order`, have weight 0.
        """
        nest = nested(seeds, column, 0, parents)
        levels, slots = (nest.level, nest.slot) if order is None else (nest.level[order], nest.slot[order])
        least = curve.rising[:, SIZE - 1 : SIZE] // _SPAN  # the least weight of a level, so that its sums stay small
        edges = np.maximum(curve.rising, np.maximum(1, least))
        if whole:
            places = np.arange(len(levels)) if present is None else np.flatnonzero(present)
            absolute = edges[levels[places], slots[places]]
            values = np.maximum(1, _UNIT * absolute // absolute.max(initial=1))
            return cls._of_levels([places], [values], (1,), order, whole)
        members, weights = [], []
        for level in range(LEVELS):
            here = levels == level
            places = np.flatnonzero(here if present is None else here & present)
            values = _UNIT * edges[level, slots[places]] // edges[level, 0]
            members.append(places)
            weights.append(values)
        # Of SIZE ** (level + 1) parents, SIZE - 1 belong to the level.
        masses = [int(edges[level, : SIZE - 1].sum()) * SIZE ** (LEVELS - level) for level in range(LEVELS)]
        known = tuple(max(1, mass * _MASS // max(masses)) for mass in masses)
        return cls._of_levels(members, weights, known, order)

    @classmethod
    def _of_levels(
        cls,
        members: list[Ints],
        weights: list[Ints],
        masses: tuple[int, ...] | None,
        order: Ints | None,
        whole: bool = False,
        spans: tuple[int, ...] = _SPANS,
    ) -> Weights:
        begins = tuple(accumulate(map(len, members), initial=0))
        sums = np.concatenate([[0], np.cumsum(np.concatenate(weights))])
        return cls(np.concatenate(members), sums, begins, masses, order, whole, spans)

    @classmethod
    def by(cls, values: Ints, order: Ints, typical: int) -> Weights:
        """Return the weights of the parents of `order`, given by whole numbers: `values` has one for each parent.

        Parents with a number of 0 or less have weight 0. Parents of up to twice the typical weight have level 0, those
        of up to SIZE times that have level 1, and so on: the heavier a parent, the more parents it is drawn among.
        """
        scaled = np.clip(values, 0, _LARGEST) * _UNIT // max(1, typical)
        weights = np.where(values > 0, np.clip(scaled, 1, _LARGEST), 0)
        bounds = [2 * _UNIT * SIZE**level for level in range(LEVELS - 1)]
        levels = np.searchsorted(bounds, weights, side="left")
        members = [np.flatnonzero((levels == level) & (weights > 0)) for level in range(LEVELS)]
        return cls._of_levels(members, [weights[places] for places in members], None, order)

    @classmethod
    def weighed(cls, weighed: Weighed, order: Ints, *, whole: bool = False) -> Weights:
        """Return the weights of the parents of `order`, from numbers with known levels. If `whole`, use one level."""
        values, levels = weighed.values[order], weighed.levels[order] * (not whole)
        members = [np.flatnonzero(levels == level) for level in range(int(levels.max(initial=0)) + 1)]
        return cls._of_levels(members, [values[places] for places in members], None, order, whole, weighed.spans)

    def stored(self, store: Callable[[Ints], Ints]) -> Weights:
        """Return the same weights, with each vector replaced by what `store` returns for it."""
        order = None if self.order is None else store(self.order)
        return replace(self, members=store(self.members), sums=store(self.sums), order=order)

    def _levels(self) -> list[tuple[int, Ints]]:
        """Return the levels that have parents, each with its members."""
        ends = enumerate(pairwise(self.begins))
        return [(level, self.members[begin:end]) for level, (begin, end) in ends if end > begin]

    def windows(self, available: Ints, first: Ints | int = 0) -> Windows:
        """Return the window of places from which each row draws its parent, for each level.

        The window of a level has the last places of [first, available), as many as the level spans. `available` and
        `first` have shape (rows,).
        """
        levels = self._levels()
        low, high, weight = (np.zeros((max(1, len(levels)), len(available)), np.int64) for _ in range(3))
        for number, (level, members) in enumerate(levels):
            begin = first if self.whole else np.maximum(first, available - self.spans[level])
            low[number], high[number] = _ranks(members, begin, available)
            low[number] += self.begins[level]
            high[number] += self.begins[level]
            if self.masses is None:  # the average weight of the places in the window
                sums = self.sums[high[number]] - self.sums[low[number]]
                weight[number] = sums // np.maximum(1, available - begin)
                weight[number] = np.where(high[number] > low[number], np.maximum(1, weight[number]), 0)
            else:
                weight[number] = np.where(high[number] > low[number], self.masses[level], 0)
        return Windows(self, low, high, np.cumsum(weight, axis=0))

    def has(self, parents: Ints) -> NDArray[np.bool_]:
        """Return which of these parents have a weight above 0."""
        known = np.zeros(parents.shape, np.bool_)
        for _, members in self._levels():
            place = np.minimum(np.searchsorted(members, parents), len(members) - 1)
            known |= members[place] == parents
        return known


@dataclass(frozen=True, slots=True, kw_only=True)
class Weighed:
    """Weights of parents that whole numbers give: the numbers and levels, both of shape (parents,).

    `spans` are the widths of the levels. A parent is drawn among so many parents that its rows meet enough parents of
    the other side, which arrive in the meantime. So the heaviest parents find partners for all of their rows, and the
    rows of the others do not follow row numbers.
    """

    values: Ints
    levels: NDArray[np.int8]
    spans: tuple[int, ...]

    @classmethod
    def of(cls, numbers: Ints, able: NDArray[np.bool_], first: int, each: Fraction) -> Weighed:
        """Return the weights of the `able` parents. The first `first` parents exist when the first row is added.

        `each` is the number of rows for each parent of the other side. A parent's level follows from the average weight
        of the parents up to it, so the level is the same in every build.
        """
        first = min(first, len(numbers))
        early = np.minimum(numbers[:first][able[:first]], _MOST)
        typical = max(1, int(early.mean()) if len(early) else 1)
        values = np.where(able, np.clip(np.minimum(numbers, _MOST) * _UNIT // typical, 1, _HEAVIEST), 0)
        count = np.cumsum(able)
        average = np.cumsum(values) // np.maximum(1, count)
        average[:first] = average[first - 1]
        needed = ceil(_PARTNERS * each) * values // np.maximum(1, average)
        spans = tuple(SIZE * _RATIO**level for level in range(_WIDTHS))
        levels = np.searchsorted(spans[:-1], needed).astype(np.int8)
        return cls(values=values, levels=levels, spans=spans)


@dataclass(frozen=True, slots=True)
class Windows:
    """The windows from which some rows draw their parents: bounds in `members`, and running weights.

    All have shape (levels, rows), with only the levels that have parents.
    """

    weights: Weights
    low: Ints
    high: Ints
    running: Ints

    def draw(self, words: Bits, rows: Ints | slice = _EVERY) -> Ints:
        """Return a parent for each of `rows`, -1 for none. The `words` that draw it have shape (rows, 2)."""
        running, weights = self.running[:, rows], self.weights
        chosen = (below(words[:, 0], np.maximum(1, running[-1])) >= running).sum(axis=0)
        parent = np.full(len(words), -1, np.int64)
        at = np.flatnonzero(chosen < len(running))
        numbers = at if isinstance(rows, slice) else rows[at]
        begin = weights.sums[self.low[chosen[at], numbers]]
        drawn = begin + part_of(weights.sums[self.high[chosen[at], numbers]] - begin, words[at, 1])
        places = weights.members[np.searchsorted(weights.sums, drawn, side="right") - 1]
        parent[at] = places if weights.order is None else weights.order[places]
        return parent


def _ranks(members: Ints, *places: Ints | int) -> tuple[Ints, ...]:
    """Return how many of the sorted `members` are below each of the places.

    If there are many places, a table of all ranks is faster than a search for each place.
    """
    top = int(members[-1]) + 1 if len(members) else 0
    if not len(members) or sum(map(np.size, places)) < top:
        return tuple(np.searchsorted(members, each) for each in places)
    ranks = np.zeros(top + 1, np.int64)
    ranks[members + 1] = 1
    np.cumsum(ranks, out=ranks)
    return tuple(ranks[np.minimum(each, top)] for each in places)


@dataclass(frozen=True, slots=True)
class FirstRows:
    """The child rows that parents get when they are added: sorted `rows`, and the parent of each row in `parents`."""

    rows: Ints
    parents: Ints

    @classmethod
    def of(cls, parents: Ints, arrivals: Ints, each: int) -> FirstRows:
        """Assign each parent its first `each` rows: the earliest free rows that may reference it.

        `arrivals` has, for each of the `parents`, the first row that may reference it. It rises.
        """
        queue = np.repeat(parents, each)
        place = np.arange(len(queue))
        rows = place + np.maximum.accumulate(np.repeat(arrivals, each) - place) if len(queue) else queue
        return cls(rows, queue)

    def owners(self, rows: Ints) -> Ints:
        """Return for each of `rows` the parent of which it is a first row, or -1."""
        if not len(self.rows):
            return np.full(len(rows), -1)
        place = np.minimum(np.searchsorted(self.rows, rows), len(self.rows) - 1)
        return np.where(self.rows[place] == rows, self.parents[place], -1)

    def place(self, parent: Ints, start: int) -> NDArray[np.bool_]:
        """Write the parents of first rows into `parent`, which begins at row `start`. Return a mask of these rows."""
        low, high = np.searchsorted(self.rows, [start, start + len(parent)])
        at = self.rows[low:high] - start
        parent[at] = self.parents[low:high]
        taken = np.zeros(len(parent), np.bool_)
        taken[at] = True
        return taken
