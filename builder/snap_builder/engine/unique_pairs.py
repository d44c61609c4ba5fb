"""Unique pairs of parents, in blocks that are independent of each other.

A pair belongs to the block of its younger parent. So a pair can occur twice only within one block, any block can be
made on its own, and a larger build begins with the rows of a smaller one. In a block, a row draws again if an earlier
row has its pair, or if a score refuses the pair. In whatever order the rows draw, each gets the first pair of its own
draws that no earlier row has.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction
from math import ceil

import numpy as np
from numpy.typing import NDArray

from snap.errors import UsageError
from snap_builder.engine.blocks import SIZE
from snap_builder.engine.fanout import FirstRows, Ratio, Weights
from snap_builder.engine.nearness import Near
from snap_builder.engine.reversals import Reversals
from snap_builder.engine.settled_pairs import SettledRows
from snap_builder.engine.streams import Ints, Seeds

_ROOM = 4  # possible pairs for each row of a block, so that draws seldom repeat
_BLOCK_ROWS = 1 << 16  # the most rows of a block: a part makes its first block from the block's beginning

# (left parents, right parents) -> scores; the candidate with the best score is taken, and scores below 0 are refused
Score = Callable[[Ints, Ints], Ints]
_NO_PAIRS = (np.empty(0, np.int64), np.empty(0, np.int64))


@dataclass(frozen=True, slots=True, kw_only=True)
class Side:
    """One side of the pairs: the ratio of the table to this parent, and the parents' weights.

    `least` is the number of parents at scale 1; a build with fewer parents is refused, unless a first block needs no
    more. If only some parents may have rows, the weights have an `order`: the row numbers of these parents, sorted.
    """

    ratio: Ratio
    weights: Weights
    parents: int
    least: int

    @property
    def able(self) -> Ints:
        """The parents that may have rows, sorted."""
        order = self.weights.order
        return np.sort(self.weights.members) if order is None else order

    def places(self, parents: Ints) -> Ints:
        """Return for each given parent how many parents that may have rows come before it."""
        order = self.weights.order
        return parents if order is None else np.searchsorted(order, parents)

    def has(self, parents: Ints) -> NDArray[np.bool_]:
        """Return which of these parents may have rows."""
        order = self.weights.order
        if order is None:
            return self.weights.has(parents)
        return order[np.minimum(np.searchsorted(order, parents), len(order) - 1)] == parents

    def even(self, first: Ints, until: Ints, numbers: Ints) -> Ints:
        """Return the parent at place `first` plus each of `numbers`. Places from `until` on begin again at `first`.

        The result is -1 for a parent that may have no rows.
        """
        count, order = until - first, self.weights.order
        places = first + numbers % np.maximum(1, count)
        if order is None:
            return np.where(self.weights.has(places), places, -1)
        return np.where(count > 0, order[np.minimum(places, len(order) - 1)], -1)


def first_block(
    ratios: tuple[Ratio, Ratio],
    able: tuple[Ints | Fraction, Ints | Fraction],
    parents: int,
    *,
    same: bool,
    ordered: bool,
) -> int:
    """Return how many lefts the first block needs, so that they form enough pairs for their own rows.

    Lefts form pairs with the rights that exist when they do. `able` has, for each side, the parents that may have rows,
    or their percentage. If `ordered`, a pair and its reverse count once. If no number up to `parents` is enough, the
    result is larger than `parents`.
    """
    left, right = ratios
    rows, rights = Fraction(left.children, left.parents), _rights(ratios)
    shares = [each / 100 for each in able if isinstance(each, Fraction)]
    if len(shares) == 2:
        # n lefts have n * rows rows, and form n * n * rights * may pairs with the rights that come with them.
        may = shares[0] * shares[1] / (1 + ordered)
        return max(SIZE, ceil(_ROOM * rows / (rights * may)) + same)
    counts = np.arange(1, parents + 1)
    theirs = (
        -(-counts * rights.numerator // rights.denominator) if not right.there else np.full_like(counts, right.there)
    )
    pairs = np.ones(parents)
    for each, upto in zip(able, (counts, theirs), strict=True):
        pairs = pairs * (upto * float(each) / 100 if isinstance(each, Fraction) else np.searchsorted(each, upto))
    enough = np.flatnonzero(pairs >= _ROOM * float(rows) * counts * (1 + ordered))
    return max(SIZE, int(enough[0]) + 1 + same) if len(enough) else parents + 1


def least_parents(ratios: tuple[Ratio, Ratio], at_one: tuple[int, int], size: int) -> tuple[int, int]:
    """Return how many lefts and rights exist when the first row is added.

    These are the parents in a first block of `size` lefts, or the parents at scale 1 if they are fewer.
    """
    return min(size, at_one[0]), min(ceil(size * _rights(ratios)), at_one[1])


def _rights(ratios: tuple[Ratio, Ratio]) -> Fraction:
    """Return how many rights are added for each left."""
    left, right = ratios
    return Fraction(right.there) or Fraction(left.children, left.parents) * right.parents / right.children


@dataclass(frozen=True, slots=True, kw_only=True)
class UniquePairs:
    """Unique pairs of parents for any rows of a table.

    Blocks follow the left side: a block has its own new lefts, from one of `starts` to the next. `first` are the rows
    that lefts get on arrival. If `same`, both sides are of one table, and no row is paired with itself. Of the
    `candidates` for a side, the one with the best score is taken. Each row of `near` draws its candidates from one
    group, and the rows of `reversals` have the pairs of other rows the other way round. `fixed` are the pairs of the
    table's first rows.
    """

    seeds: Seeds
    name: str
    left: Side
    right: Side
    starts: Ints
    least: tuple[int, int]
    first: FirstRows | None = None
    same: bool = False
    rising: bool = False
    score: Score | None = None
    candidates: int = 1
    near: Near | None = None
    reversals: Reversals | None = None
    fixed: tuple[Ints, Ints] = _NO_PAIRS

    @classmethod
    def of(
        cls,
        seeds: Seeds,
        name: str,
        left: Side,
        right: Side,
        *,
        size: int,
        first: FirstRows | None = None,
        same: bool = False,
        rising: bool = False,
        score: Score | None = None,
        candidates: int = 1,
        near: Near | None = None,
        reversals: Reversals | None = None,
        fixed: tuple[Ints, Ints] = _NO_PAIRS,
    ) -> UniquePairs:
        """Return the unique pairs with their blocks laid out. Each block begins with a left that may have rows.

        The first block has `size` lefts, as few as its pairs allow, because builds with fewer lefts are refused. Later
        blocks are wider, so that rows seldom repeat a pair.
        """
        every = left.able
        most = max(size, _BLOCK_ROWS * left.ratio.parents // left.ratio.children)
        ends = [0]
        while ends[-1] < left.parents:
            ends.append(ends[-1] + max(size, min(most, ends[-1] // 4)))
        places = np.searchsorted(every, ends)
        starts = np.unique(every[places[places < len(every)]])
        least = least_parents((left.ratio, right.ratio), (left.least, right.least), size)
        if left.parents < least[0] or right.parents < least[1]:
            raise UsageError(
                f"{seeds.table} pairs {left.parents} rows with {right.parents}, but its pairs need at least "
                f"{least[0]} and {least[1]}",
                "choose a larger scale",
                option="scale",
            )
        return cls(
            seeds=seeds,
            name=name,
            left=left,
            right=right,
            starts=starts,
            least=least,
            first=first,
            same=same,
            rising=rising,
            score=score,
            candidates=candidates,
            near=near,
            reversals=reversals,
            fixed=fixed,
        )

    @property
    def begins(self) -> Ints:
        """The first row of each block."""
        begins = self.left.ratio.arrival(self.starts)
        begins[0] = 0
        return begins

    def rows(self, start: int, stop: int) -> tuple[Ints, Ints]:
        """Return the left and right parents of rows [start, stop), both of shape (rows,).

        Errors: UsageError if a row finds no new pair.
        """
        begins = self.begins
        block = int(np.searchsorted(begins, start, side="right")) - 1
        origin = int(begins[block])
        numbers = np.arange(origin, stop)
        blocks = np.searchsorted(begins, numbers, side="right") - 1
        made = SettledRows(self, numbers, blocks, begins)
        made.settle()
        return made.left[start - origin :], made.right[start - origin :]
