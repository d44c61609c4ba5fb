"""Rows whose pair is the reverse of an earlier row's.

Rows have one of three parts, exactly shared in each block of them: a row is reversed, is the reverse of another, or
neither. The reverse of a row is in the block after its own. So which row it reverses follows from row numbers alone.
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction

import numpy as np

from snap_builder.engine.blocks import Shares, slots
from snap_builder.engine.columns import Mask
from snap_builder.engine.streams import Ints, Stream


@dataclass(frozen=True, slots=True, kw_only=True)
class Reversals:
    """Shares of the rows that are reversed, of those that are the reverse, as many, and of all others."""

    shares: Shares

    @classmethod
    def of(cls, percent: Fraction, free: Fraction) -> Reversals:
        """Let `percent` of all rows have their reverse among them. `free` is the share of the rows that can."""
        part = percent / 100 if free == 1 else min(Fraction(1), Fraction(round(percent / free), 100))
        half = part / 2
        return cls(shares=Shares.of([half.numerator, half.numerator, half.denominator - 2 * half.numerator]))

    def among(self, stream: Stream, first: int, count: int) -> tuple[Mask, Ints, Ints]:
        """Return which of rows [first, first + count) are reversed; which reverse another of them; and which they do.

        The latter two are places, of one shape.
        """
        size, each = self.shares.size, self.shares.counts[0]
        slot = slots(stream, first, first + count, size)
        block = (first + np.arange(count)) // size - first // size
        places = np.full((-(-(first + count) // size) - first // size) * size, -1)
        places[block * size + slot] = np.arange(count)
        later = np.flatnonzero((slot >= each) & (slot < 2 * each) & (block > 0))
        earlier = places[(block[later] - 1) * size + slot[later] - each]
        there = earlier >= 0
        return slot < each, later[there], earlier[there]
