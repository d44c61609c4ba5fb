"""Reversals: rows whose pair is the reverse of an earlier row's pair.

A row and its reverse are two rows of one small group. Groups have the same size whatever the share of reversals is, so
a table of some hundred rows has reversals too, and row numbers alone determine which row reverses which. A group lies
within one block of pairs, because blocks are independent of each other.
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction

import numpy as np

from snap_builder.engine.columns import Mask
from snap_builder.engine.streams import Ints, Stream

_GROUP = 10  # rows: a row is near its reverse, and the end of a block separates few rows from their reverses
_FINEST = 10**6  # the largest denominator: products with any row number are exact


@dataclass(frozen=True, slots=True, kw_only=True)
class Reversals:
    """The share of rows whose pair a later row reverses, as the fraction `each`."""

    each: Fraction

    @classmethod
    def of(cls, percent: Fraction, free: Fraction) -> Reversals:
        """Return the reversals with which `percent` of all rows have their reverse in the table.

        `free` is the share of the rows that can be reversed.
        """
        part = min(Fraction(1), percent / 100 / free)
        return cls(each=(part / 2).limit_denominator(_FINEST))

    def among(self, stream: Stream, first: int, blocks: Ints) -> tuple[Mask, Ints, Ints]:
        """Return a mask of the reversed rows, the rows that reverse another row, and for each of these the other row.

        The rows begin with number `first`. `blocks` has the block of each row, and all results are positions in
        `blocks`. The first row of each block has to be included. At the end of a block, a row marked as reversed may
        have no row that reverses it.
        """
        count = len(blocks)
        begins = np.searchsorted(blocks, blocks, side="left")
        starts = np.flatnonzero((np.arange(count) - begins) % _GROUP == 0)
        stops = np.searchsorted(blocks, blocks[starts], side="right")
        due = (first + np.stack([starts, starts + _GROUP])) * self.each.numerator // self.each.denominator
        words = stream.bits(first, first + count + _GROUP)[starts[:, None] + np.arange(_GROUP)]
        order = np.argsort(words, axis=1, kind="stable").reshape(-1, _GROUP // 2, 2)
        chosen = np.arange(_GROUP // 2) < (due[1] - due[0])[:, None]
        couples = (starts[:, None, None] + np.sort(order, axis=2))[chosen]
        stop = np.repeat(stops, due[1] - due[0])
        reversed_ = np.zeros(count, np.bool_)
        reversed_[couples[couples[:, 0] < stop, 0]] = True
        earlier, later = couples[couples[:, 1] < stop].T
        return reversed_, later, earlier
