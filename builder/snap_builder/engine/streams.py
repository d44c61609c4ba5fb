"""Streams of random words: one for each table and column. Any range of rows can be made on its own.

A stream is Philox-4x64-10, keyed by a hash of (seed, table, column) and counted by the row number. Values come from its
raw 64-bit words by integer arithmetic alone, so they are the same on every processor and under every NumPy.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

Bits = NDArray[np.uint64]
Ints = NDArray[np.int64]

_WORDS = 4  # 64-bit words that Philox makes for each value of its counter
_GOLDEN = np.uint64(0x9E3779B97F4A7C15)
_MIX = ((np.uint64(30), np.uint64(0xBF58476D1CE4E5B9)), (np.uint64(27), np.uint64(0x94D049BB133111EB)))


@dataclass(frozen=True, slots=True)
class Stream:
    """An endless sequence of random 64-bit words. The words of row i depend only on the stream's key and on i."""

    key: tuple[int, int]

    def bits(self, start: int, stop: int) -> Bits:
        """Return one word for each row of [start, stop), shape (rows,)."""
        first = start // _WORDS
        philox = np.random.Philox(key=np.array(self.key, np.uint64), counter=[first, 0, 0, 0])
        skip = start - first * _WORDS
        return philox.random_raw(skip + stop - start)[skip:]

    def wide(self, start: int, stop: int, width: int) -> Bits:
        """Return `width` words for each row of [start, stop), shape (rows, width)."""
        return self.bits(start * width, stop * width).reshape(stop - start, width)

    def at(self, numbers: Ints, width: int) -> Bits:
        """Return `width` words for each of `numbers`, which need not be consecutive. The shape is (numbers, width).

        The words are made by SplitMix64, with the key of the stream. `numbers` times `width` stays below 2**63.
        """
        counts = (numbers.astype(np.uint64) * np.uint64(width))[:, None] + np.arange(1, width + 1, dtype=np.uint64)
        word: Any = np.uint64(self.key[0]) + counts * _GOLDEN
        for shift, factor in _MIX:
            word = (word ^ (word >> shift)) * factor
        return word ^ (word >> np.uint64(31))


@dataclass(frozen=True, slots=True)
class Seeds:
    """The streams of one table under one seed."""

    seed: int
    table: str

    def stream(self, column: str) -> Stream:
        """Return the stream of `column`. Two columns never share a stream."""
        text = f"{self.seed}\0{self.table}\0{column}".encode()
        word = hashlib.sha256(text).digest()
        return Stream((int.from_bytes(word[:8], "big"), int.from_bytes(word[8:16], "big")))

    def bits(self, column: str, start: int, stop: int) -> Bits:
        return self.stream(column).bits(start, stop)

    def wide(self, column: str, start: int, stop: int, width: int) -> Bits:
        return self.stream(column).wide(start, stop, width)


def uuids(stream: Stream, start: int, stop: int) -> NDArray[np.uint8]:
    """Return random (version 4) uuids for rows [start, stop), uint8 of shape (rows, 16)."""
    words = stream.wide(start, stop, 2).astype(">u8").view(np.uint8).reshape(-1, 16)
    words[:, 6] = (words[:, 6] & 0x0F) | 0x40
    words[:, 8] = (words[:, 8] & 0x3F) | 0x80
    return words


def below(bits: Bits, bound: Any) -> Ints:
    """Return integers in [0, bound) from random words. `bound` is a number or an array, from 1 to 2**31.

    A value is the upper 32 bits of a word times the bound, shifted right by 32. With a bound of 100,000, no value is
    more than 0.003 % likelier than another.
    """
    return (((bits >> np.uint64(32)) * np.asarray(bound, np.uint64)) >> np.uint64(32)).astype(np.int64)


def chance(bits: Bits, percent: Any) -> NDArray[np.bool_]:
    """Return a mask that is true for each word with a probability of `percent` in 100."""
    return below(bits, 100) < percent


class Weights:
    """A random choice among `len(weights)` indexes by integer weights."""

    __slots__ = ("_cumulative", "total")

    def __init__(self, weights: Sequence[int] | Ints) -> None:
        self._cumulative = np.cumsum(np.asarray(weights, np.int64))
        self.total = int(self._cumulative[-1])

    def choose(self, bits: Bits) -> Ints:
        """Return one index for each word."""
        return np.searchsorted(self._cumulative, below(bits, self.total), side="right").astype(np.int64)
