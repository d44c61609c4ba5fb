"""Draw unique pairs for the rows of some blocks: of equal pairs, the earliest row keeps its pair.

A row draws again, with its own words, if an earlier row has its pair, or if a score refuses the pair. Settled pairs are
kept sorted, so that only new pairs are looked up.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from snap.errors import UsageError
from snap_builder.engine.columns import Mask
from snap_builder.engine.streams import Bits, Ints, below

if TYPE_CHECKING:
    from snap_builder.engine.unique_pairs import UniquePairs

_EVENLY = 8  # from this draw on, every parent is as likely as any other
_IN_TURN = 32  # from this draw on, a row tries one pair after another
_DRAWS = 1 << 16
_TOGETHER = 64  # the most rows that try pairs in turn at once, if pairs can be refused
_TURNS = 1 << 10  # pairs that each such row tries at once


class SettledRows:
    """The rows of some blocks while their pairs are drawn. Only the last block may be incomplete."""

    def __init__(self, pairs: UniquePairs, numbers: Ints, blocks: Ints, begins: Ints) -> None:
        self._pairs, self._numbers = pairs, numbers
        in_first = blocks == 0
        # A right belongs to the block whose rows are made when the right is added.
        rights = pairs.right.ratio.present(begins[blocks] - 1)
        self._sides = sides = (pairs.left, pairs.right)
        self._available = tuple(
            np.maximum(side.ratio.present(numbers), np.where(in_first, least, 0))
            for side, least in zip(sides, pairs.least, strict=True)
        )
        self._first = tuple(
            side.places(np.where(in_first, 0, new))
            for side, new in zip(sides, (pairs.starts[blocks], rights), strict=True)
        )
        self._until = tuple(side.places(there) for side, there in zip(sides, self._available, strict=True))
        self._new = [s.weights.windows(a, f) for s, a, f in zip(sides, self._until, self._first, strict=True)]
        self._all = [s.weights.windows(a) for s, a in zip(sides, self._until, strict=True)]
        self._stream = pairs.seeds.stream(f"{pairs.name}\0pair")
        self.left, self.right = (np.full(len(numbers), -1, np.int64) for _ in range(2))
        self._fixed = np.zeros(len(numbers), np.bool_)
        if pairs.first is not None:
            self._fixed = pairs.first.place(self.left, int(numbers[0]))
        made = numbers >= len(pairs.fixed[0])
        known = numbers[~made]
        for side, values in zip((self.left, self.right), pairs.fixed, strict=True):
            side[: len(known)] = values[known]
        self._reversed, self._reverse, self._of = self._reversals(made, blocks)
        self._taken = np.sort(self._keys(*pairs.fixed))
        self._held = _Held()
        made[self._reverse] = False
        self._drawn = np.flatnonzero(made)
        self._attempts = np.zeros(len(numbers), np.int64)
        lefts = np.where(self._fixed, 1, np.maximum(1, self._until[0] - self._first[0]))
        self._by_left = lefts * np.maximum(1, self._until[1])  # pairs to try: with new lefts, then with old ones
        by_right = np.where(self._fixed, 0, self._first[0] * np.maximum(0, self._until[1] - self._first[1]))
        self._most = np.minimum(_DRAWS, _IN_TURN + self._by_left + by_right)  # after these, a row has tried all pairs
        self._near = None
        if pairs.near is not None and len(numbers):
            stream = pairs.seeds.stream(f"{pairs.name}\0near")
            self._near = pairs.near.shares.choose(stream, int(numbers[0]), int(numbers[-1]) + 1) == 1

    def _reversals(self, made: Mask, blocks: Ints) -> tuple[Mask, Ints, Ints]:
        """Return a mask of the reversed rows, the rows that reverse a row of their block, and these other rows."""
        reversed_, none = np.zeros(len(made), np.bool_), np.empty(0, np.int64)
        pairs, origin = self._pairs, int(self._numbers[0])
        if pairs.reversals is None:
            return reversed_, none, none
        free = np.flatnonzero(~self._fixed)
        before = origin if pairs.first is None else origin - int(np.searchsorted(pairs.first.rows, origin))
        stream = pairs.seeds.stream(f"{pairs.name}\0mutual")
        chosen, later, earlier = pairs.reversals.among(stream, before, blocks[free])
        reversed_[free[chosen]] = True
        later, earlier = free[later], free[earlier]
        able = made[later] & made[earlier]
        return reversed_, later[able], earlier[able]

    @property
    def _refusing(self) -> bool:
        return self._pairs.score is not None or self._pairs.reversals is not None

    def settle(self) -> None:
        """Draw until all pairs are unique. Of equal pairs, the earliest row keeps its pair."""
        again, attempts = self._drawn, self._attempts
        while len(again):
            hopeless = again[attempts[again] >= self._most[again]]
            if len(hopeless):
                raise self._none_left(int(hopeless[0]))
            waiting = again[:0]
            if self._refusing:
                late = again[attempts[again] >= _IN_TURN]
                waiting = late[_TOGETHER:]
                again = np.setdiff1d(again, waiting, assume_unique=True)
            self._draw(again, attempts[again])
            lost = self._lost(again)
            attempts[lost] += 1
            again = np.sort(np.concatenate([waiting, lost]))
        self.left[self._reverse], self.right[self._reverse] = self.right[self._of], self.left[self._of]

    def _none_left(self, row: int) -> UsageError:
        pairs = self._pairs
        asked = "ask for fewer rows, or for more rows of the joined tables"
        why = ["belongs to another row"]
        if pairs.score is not None:
            why.append("has a score below 0")
            asked += ", or let the score return 0 or more for more pairs"
        if pairs.reversals is not None:
            why.append("has no allowed reverse, which mutual= needs")
        refused = f": each of {self._most[row]:,} pairs that were tried {', or '.join(why)}" if self._refusing else ""
        return UsageError(
            f"no new pair was found for row {self._numbers[row]} of {pairs.seeds.table}{refused}", asked, option="set"
        )

    def _keys(self, left: Ints, right: Ints) -> Ints:
        """Return a number that identifies each pair. With reversals, a pair and its reverse have the same number."""
        if self._pairs.reversals is not None:
            left, right = np.minimum(left, right), np.maximum(left, right)
        return left << np.int64(32) | right

    def _lost(self, rows: Ints) -> Ints:
        """Return the rows, sorted, that have to draw again after `rows` have drawn.

        The pair of such a row is invalid or belongs to an earlier row.
        """
        left, right = self.left[rows], self.right[rows]
        keys = self._keys(left, right)
        none = (left < 0) | (right < 0) | np.isin(keys, self._taken)
        if self._pairs.same:
            none |= left == right
        return np.sort(np.concatenate([rows[none], self._held.keep(keys[~none], rows[~none])]))

    def _draw(self, rows: Ints, attempts: Ints) -> None:
        words = self._stream.at(self._numbers[rows] * _DRAWS + attempts, 3 + 2 * self._pairs.candidates)
        evenly, fixed = attempts >= _EVENLY, self._fixed[rows]
        rights, lefts = np.full(len(rows), -1, np.int64), self.left[rows]
        right_new = np.flatnonzero(~fixed & (below(words[:, 0], 2) == 1))
        rights[right_new] = self._one(1, rows[right_new], words[right_new, 1:3], evenly[right_new], new=True)
        left_new = rights < 0
        drawn = np.flatnonzero(left_new & ~fixed)
        lefts[drawn] = self._one(0, rows[drawn], words[drawn, 1:3], evenly[drawn], new=True)
        for side, others, where in ((1, lefts, left_new), (0, rights, ~left_new)):
            if where.any():
                self._choose(side, rows[where], others[where], words[where, 3:], evenly[where])
        if self._pairs.reversals is not None:
            drawn = rows[self._reversed[rows]]
            self.right[drawn] = np.where(self._one_way(self.left[drawn], self.right[drawn]), -1, self.right[drawn])
        late = np.flatnonzero(attempts >= _IN_TURN)
        if len(late):
            self._take_turns(rows[late], attempts[late])
        if self._pairs.rising:
            left, right = self.left[rows], self.right[rows]
            self.left[rows], self.right[rows] = np.minimum(left, right), np.maximum(left, right)

    def _take_turns(self, rows: Ints, attempts: Ints) -> None:
        """Assign each row the pair that follows the pair it tried last, in a fixed order of all pairs.

        Pairs of new lefts and any rights come first, then pairs of old lefts and new rights. If pairs can be refused,
        each row tries several pairs at once, and takes the first that is not refused.
        """
        start = below(self._stream.at(self._numbers[rows] * _DRAWS, 1)[:, 0], 1 << 30)
        first, last, new, rights = (
            each[rows, None] for each in (self._first[0], self._until[0], self._first[1], self._until[1])
        )
        step = attempts[:, None] + np.arange(_TURNS if self._refusing else 1)
        turn = start[:, None] + step
        old = (step - _IN_TURN >= self._by_left[rows, None]) & ~self._fixed[rows, None]
        left = self._sides[0].even(
            np.where(old, 0, first),
            np.where(old, first, last),
            turn // np.maximum(1, np.where(old, rights - new, rights)),
        )
        left = np.where(self._fixed[rows, None], self.left[rows, None], left)
        right = self._sides[1].even(np.where(old, new, 0), np.broadcast_to(rights, old.shape), turn)
        if self._refusing:
            able = ~self._refused(np.repeat(rows, turn.shape[1]), left.ravel(), right.ravel()).reshape(turn.shape)
            chosen = np.where(able.any(axis=1), np.argmax(able, axis=1), turn.shape[1] - 1)
            self._attempts[rows] += chosen
            at = np.arange(len(rows)), chosen
            left, right = left[at], np.where(able[at], right[at], -1)
        self.left[rows], self.right[rows] = np.where(self._fixed[rows], self.left[rows], left.ravel()), right.ravel()

    def _refused(self, rows: Ints, left: Ints, right: Ints) -> Mask:
        """Return a mask of the pairs that are refused because a parent, the score or a missing reverse forbids them."""
        refused = (left < 0) | (right < 0)
        if self._pairs.score is not None:
            at = np.flatnonzero(~refused)
            refused[at] = self._pairs.score(left[at], right[at]) < 0
        at = np.flatnonzero(~refused & self._reversed[rows])
        refused[at] = self._one_way(left[at], right[at])
        return refused

    def _one_way(self, left: Ints, right: Ints) -> Mask:
        """Return a mask of the pairs whose reverse would be refused."""
        there = (left >= 0) & (right >= 0)
        there &= self._pairs.left.has(right) & self._pairs.right.has(left)
        if self._pairs.score is not None:
            at = np.flatnonzero(there)
            there[at] = self._pairs.score(right[at], left[at]) >= 0
        return ~there

    def _one(self, side: int, rows: Ints, words: Bits, evenly: Mask, *, new: bool) -> Ints:
        drawn = (self._new if new else self._all)[side].draw(words, rows)
        at = np.flatnonzero(evenly)
        if len(at):
            until = self._until[side][rows[at]]
            first = self._first[side][rows[at]] if new else np.zeros_like(until)
            even = self._sides[side].even(first, until, below(words[at, 1], np.maximum(1, until - first)))
            drawn[at] = np.where((drawn[at] >= 0) & (even >= 0), even, drawn[at])
        return drawn

    def _choose(self, side: int, rows: Ints, others: Ints, words: Bits, evenly: Mask) -> None:
        """Choose the parents of one side for rows whose other side is `others`: the best of the candidates.

        Errors: UsageError if a score that is tested is impure.
        """
        pairs, score, count = self._pairs, self._pairs.score, len(rows)
        of = 1 if score is None or evenly.all() else pairs.candidates
        # All candidates of all rows, one round after another: shape (candidates * rows,).
        own = words[:, : 2 * of].reshape(count, of, 2).swapaxes(0, 1).reshape(-1, 2)
        many, even = np.tile(rows, of), np.tile(evenly, of)
        drawn = np.full(len(many), -1, np.int64)
        if pairs.near is not None and self._near is not None:
            close = np.flatnonzero(self._near[rows] & ~evenly)
            windows = pairs.near.windows(side, others[close], self._available[side][rows[close]])
            at = (close + count * np.arange(of)[:, None]).ravel()
            drawn[at] = windows.draw(own[at], np.tile(np.arange(len(close)), of))
        rest = np.flatnonzero(drawn < 0)
        drawn[rest] = self._one(side, many[rest], own[rest], even[rest], new=False)
        best = drawn[:count]
        if score is not None:
            both = np.tile(others, of)
            value = (score(both, drawn) if side else score(drawn, both)).reshape(of, count)
            value = np.where(evenly & (np.arange(of)[:, None] > 0), -1, value)
            top = np.argmax(value, axis=0), np.arange(count)
            best = np.where(value[top] < 0, -1, drawn.reshape(of, count)[top])
        self.left[rows], self.right[rows] = (others, best) if side else (best, others)


class _Held:
    """The pairs that rows hold: the sorted `keys` of the pairs, and the row of each pair in `rows`."""

    def __init__(self) -> None:
        self._keys, self._rows = np.empty(0, np.int64), np.empty(0, np.int64)

    def keep(self, keys: Ints, rows: Ints) -> Ints:
        """Keep the pairs of some sorted rows, and return the rows that lose their pair to an earlier row."""
        order = np.argsort(keys, kind="stable")
        keys, rows = keys[order], rows[order]
        repeated = np.zeros(len(keys), np.bool_)
        repeated[1:] = keys[1:] == keys[:-1]
        lost = [rows[repeated]]
        keys, rows = keys[~repeated], rows[~repeated]
        places = np.searchsorted(self._keys, keys)
        known = np.zeros(len(keys), np.bool_)
        if len(self._keys):
            at = np.minimum(places, len(self._keys) - 1)
            known = self._keys[at] == keys
            holders = self._rows[at]
            lost += [rows[known & (holders < rows)], holders[known & (holders > rows)]]
            self._rows[at[known]] = np.minimum(holders, rows)[known]
        self._keys = np.insert(self._keys, places[~known], keys[~known])
        self._rows = np.insert(self._rows, places[~known], rows[~known])
        return np.concatenate(lost)
