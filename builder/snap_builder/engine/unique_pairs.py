"""Unique pairs of parents, in blocks that need nothing of each other.

A pair belongs to the block of its younger parent. So a pair can occur twice in one block only, any block can be made on
its own, and a larger build begins with the rows of a smaller one. In a block, a row that repeats an earlier row's pair
draws again.
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
from snap_builder.engine.streams import Bits, Ints, Seeds, below

_ROOM = 4  # pairs that a block can form for each of its rows: draws repeat seldom
_EVENLY = 8  # from this draw on, every parent is as likely as any other
_IN_TURN = 32  # from this one on, a row tries one pair after another
_DRAWS = 1 << 16
_BLOCK_ROWS = 1 << 16  # a part makes the rows of its first block from that block's beginning

# (left parents, right parents) -> how well they go together; the best of some candidates is taken
Score = Callable[[Ints, Ints], Ints]
_NO_PAIRS = (np.empty(0, np.int64), np.empty(0, np.int64))


@dataclass(frozen=True, slots=True, kw_only=True)
class Side:
    """One side of the pairs: the table's ratio to this parent, and the parents' weights.

    `percent` of the parents may have rows. A build with fewer than `least` of them, as scale 1 has them, is refused.
    """

    ratio: Ratio
    weights: Weights
    parents: int
    least: int
    percent: Fraction = Fraction(100)


@dataclass(frozen=True, slots=True, kw_only=True)
class UniquePairs:
    """Pairs of parents for any rows of a table.

    Blocks follow the left side: a block has its own new lefts from one of `starts` to the next. `first` are the rows
    that lefts get on arrival. `same`: both sides are of one table, and no row is paired with itself. Of `candidates`
    for a side, the one with the best score is taken. `fixed` are the pairs of the table's first rows.
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
    fixed: tuple[Ints, Ints] = _NO_PAIRS

    @classmethod
    def of(
        cls,
        seeds: Seeds,
        name: str,
        left: Side,
        right: Side,
        *,
        first: FirstRows | None = None,
        same: bool = False,
        rising: bool = False,
        score: Score | None = None,
        candidates: int = 1,
        fixed: tuple[Ints, Ints] = _NO_PAIRS,
    ) -> UniquePairs:
        """Lay out the blocks: each starts with a left that may have rows.

        The first is as small as has room for its pairs, since smaller builds are refused. Later ones are wider: there
        rows seldom repeat a pair.
        """
        rows = Fraction(left.ratio.children, left.ratio.parents)  # for each left
        rights = Fraction(right.ratio.there) or rows * right.ratio.parents / right.ratio.children
        may = left.percent / 100 * right.percent / 100 / (1 + rising)
        # n lefts have n * rows rows; they and the rights that come with them are n * n * rights * may pairs.
        size = max(SIZE, ceil(_ROOM * rows / (rights * may)) + same)
        every = np.sort(np.concatenate(left.weights.members))
        most = max(size, _BLOCK_ROWS * left.ratio.parents // left.ratio.children)
        ends = [0]
        while ends[-1] < left.parents:
            ends.append(ends[-1] + max(size, min(most, ends[-1] // 4)))
        places = np.searchsorted(every, ends)
        starts = np.unique(every[places[places < len(every)]])
        least = min(size, left.least), min(ceil(size * rights), right.least)
        if left.parents < least[0] or right.parents < least[1]:
            raise UsageError(
                f"{seeds.table} pairs {left.parents} rows with {right.parents}, and its pairs need {least[0]} and "
                f"{least[1]} at least",
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
            fixed=fixed,
        )

    def rows(self, start: int, stop: int) -> tuple[Ints, Ints]:
        """Return the left and right parents of rows [start, stop), both of shape (rows,).

        Errors: UsageError where a row finds no new pair.
        """
        begins = self.left.ratio.arrival(self.starts)
        begins[0] = 0
        block = int(np.searchsorted(begins, start, side="right")) - 1
        origin = int(begins[block])
        numbers = np.arange(origin, stop)
        blocks = np.searchsorted(begins, numbers, side="right") - 1
        made = _Rows(self, numbers, blocks, begins)
        made.settle()
        return made.left[start - origin :], made.right[start - origin :]


def _keys(left: Ints, right: Ints) -> Ints:
    return left << np.int64(32) | right


class _Rows:
    """The rows of some whole blocks, but for the end of the last, while their pairs are drawn."""

    def __init__(self, pairs: UniquePairs, numbers: Ints, blocks: Ints, begins: Ints) -> None:
        self._pairs, self._numbers, self._blocks = pairs, numbers, blocks
        in_first = blocks == 0
        # A right belongs to the block in whose rows it arrives.
        rights = pairs.right.ratio.present(begins[blocks] - 1)
        self._first = tuple(np.where(in_first, 0, new) for new in (pairs.starts[blocks], rights))
        sides = (pairs.left, pairs.right)
        self._available = tuple(
            np.maximum(side.ratio.present(numbers), np.where(in_first, least, 0))
            for side, least in zip(sides, pairs.least, strict=True)
        )
        self._new = [s.weights.windows(a, f) for s, a, f in zip(sides, self._available, self._first, strict=True)]
        self._all = [s.weights.windows(a) for s, a in zip(sides, self._available, strict=True)]
        self._stream = pairs.seeds.stream(f"{pairs.name}\0pair")
        self.left, self.right = (np.full(len(numbers), -1, np.int64) for _ in range(2))
        self._fixed = np.zeros(len(numbers), np.bool_)
        if pairs.first is not None:
            self._fixed = pairs.first.place(self.left, int(numbers[0]))
        self._taken = np.sort(_keys(*pairs.fixed))
        self._made = numbers >= len(pairs.fixed[0])
        known = numbers[~self._made]
        for side, values in zip((self.left, self.right), pairs.fixed, strict=True):
            side[: len(known)] = values[known]

    def settle(self) -> None:
        """Draw until each row has a pair that no earlier row has. Of equal pairs, the earliest row keeps it."""
        again = active = np.flatnonzero(self._made)
        attempts = np.zeros(len(self._numbers), np.int64)
        while len(again):
            if int(attempts[again].max()) == _DRAWS:
                raise UsageError(
                    f"no new pair came for row {self._numbers[again[0]]} of {self._pairs.seeds.table}",
                    "ask for fewer rows, or for more of what they join",
                    option="set",
                )
            self._draw(again, attempts[again])
            again = self._lost(active)
            attempts[again] += 1
            active = active[np.isin(self._blocks[active], self._blocks[again])]

    def _lost(self, rows: Ints) -> Ints:
        """Return those rows, in order, whose pair an earlier row has, or is none."""
        left, right = self.left[rows], self.right[rows]
        keys = _keys(left, right)
        taken = np.isin(keys, self._taken)
        order = np.argsort(keys, kind="stable")
        keys = keys[order]
        lost = np.zeros(len(rows), np.bool_)
        lost[order[1:]] = keys[1:] == keys[:-1]
        if self._pairs.same:
            lost |= left == right
        return rows[lost | taken | (left < 0) | (right < 0)]

    def _draw(self, rows: Ints, attempts: Ints) -> None:
        words = self._stream.at(self._numbers[rows] * _DRAWS + attempts, 3 + 2 * self._pairs.candidates)
        evenly, fixed = attempts >= _EVENLY, self._fixed[rows]
        rights = self._one(1, rows, words[:, 1:3], evenly, new=True)
        left_new = fixed | (below(words[:, 0], 2) == 0) | (rights < 0)
        lefts = np.where(fixed, self.left[rows], self._one(0, rows, words[:, 1:3], evenly, new=True))
        for side, others, where in ((1, lefts, left_new), (0, rights, ~left_new)):
            if where.any():
                self._choose(side, rows[where], others[where], words[where, 3:], evenly[where])
        late = np.flatnonzero(attempts >= _IN_TURN)
        if len(late):
            self._take_turns(rows[late], attempts[late])
        if self._pairs.rising:
            left, right = self.left[rows], self.right[rows]
            self.left[rows], self.right[rows] = np.minimum(left, right), np.maximum(left, right)

    def _take_turns(self, rows: Ints, attempts: Ints) -> None:
        """Give rows the pair after the one that they tried last: of new lefts and any rights, all in turn."""
        start = below(self._stream.at(self._numbers[rows] * _DRAWS, 1)[:, 0], 1 << 30)
        first, last = self._first[0][rows], self._available[0][rows]
        turn, rights = start + attempts, self._available[1][rows]
        left = np.where(self._fixed[rows], self.left[rows], first + turn // rights % (last - first))
        right = turn % rights
        left[~self._pairs.left.weights.has(left)] = -1
        right[~self._pairs.right.weights.has(right)] = -1
        self.left[rows], self.right[rows] = np.where(self._fixed[rows], self.left[rows], left), right

    def _one(self, side: int, rows: Ints, words: Bits, evenly: NDArray[np.bool_], *, new: bool) -> Ints:
        drawn = (self._new if new else self._all)[side].draw(words, rows)
        at = np.flatnonzero(evenly)
        if len(at):
            first = self._first[side][rows[at]] if new else 0
            even = first + below(words[at, 1], self._available[side][rows[at]] - first)
            weights = (self._pairs.left, self._pairs.right)[side].weights
            drawn[at] = np.where((drawn[at] >= 0) & weights.has(even), even, drawn[at])
        return drawn

    def _choose(self, side: int, rows: Ints, others: Ints, words: Bits, evenly: NDArray[np.bool_]) -> None:
        """Choose the parents of one side for rows whose other side is `others`: of the candidates, the best."""
        best = self._one(side, rows, words[:, :2], evenly, new=False)
        score = self._pairs.score
        if score is not None and not evenly.all():

            def rate(mine: Ints) -> Ints:
                return score(others, mine) if side else score(mine, others)

            top = rate(best)
            for number in range(1, self._pairs.candidates):
                other = self._one(side, rows, words[:, 2 * number : 2 * number + 2], evenly, new=False)
                value = rate(other)
                better = (value > top) & ~evenly
                best, top = np.where(better, other, best), np.where(better, value, top)
        self.left[rows], self.right[rows] = (others, best) if side else (best, others)
