"""Random words: of rows, of slices of rows, of many tries for one row, and of pairs of rows."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np

from snap_builder.engine.streams import Bits, Ints

_GOLDEN = np.uint64(0x9E3779B97F4A7C15)
_MIX = np.uint64(0xBF58476D1CE4E5B9)
_OTHER = np.uint64(0xC2B2AE3D27D4EB4F)


class Rows(Protocol):
    """The rows for which a function of `made_by` is called."""

    NULL: int
    start: int
    stop: int

    def integers(self, path: str) -> Ints: ...
    def bits(self, purpose: str) -> Bits: ...
    def wide(self, purpose: str, width: int) -> Bits: ...


class Words(Protocol):
    """Random words, one or more for each recipe."""

    def bits(self, purpose: str) -> Bits: ...
    def wide(self, purpose: str, width: int) -> Bits: ...


class Kept:
    """The words of rows, each purpose drawn once."""

    def __init__(self, rows: Words) -> None:
        self._rows, self._drawn = rows, dict[tuple[str, int], Bits]()

    def bits(self, purpose: str) -> Bits:
        return self.wide(purpose, 0)

    def wide(self, purpose: str, width: int) -> Bits:
        if (purpose, width) not in self._drawn:
            drawn = self._rows.wide(purpose, width) if width else self._rows.bits(purpose)
            self._drawn[purpose, width] = drawn
        return self._drawn[purpose, width]


@dataclass(frozen=True, slots=True)
class Slice:
    """The words of some of the rows."""

    words: Words
    start: int
    stop: int

    def bits(self, purpose: str) -> Bits:
        return self.words.bits(purpose)[self.start : self.stop]

    def wide(self, purpose: str, width: int) -> Bits:
        return self.words.wide(purpose, width)[self.start : self.stop]


@dataclass(frozen=True, slots=True)
class Tries:
    """The words of many tries for one row, mixed from the words of that row."""

    rows: Words
    row: int
    tries: int

    def bits(self, purpose: str) -> Bits:
        return self._mixed(self.rows.bits(purpose)[:, None])[:, 0]

    def wide(self, purpose: str, width: int) -> Bits:
        return self._mixed(self.rows.wide(purpose, width))

    def _mixed(self, words: Bits) -> Bits:
        number = np.arange(1, self.tries + 1, dtype=np.uint64)[:, None]
        mixed = (words[self.row] ^ (number * _GOLDEN)) * _MIX
        return mixed ^ (mixed >> np.uint64(31))


def mixed(left: Ints, right: Ints) -> Any:
    """Return one word for each pair of numbers, always the same for the same pair."""
    word = left.astype(np.uint64) * _GOLDEN ^ right.astype(np.uint64) * _OTHER
    word = (word ^ (word >> np.uint64(31))) * _GOLDEN
    return word ^ (word >> np.uint64(29))
