"""Divide rows into blocks with exact shares: each block of `size` rows holds every slot once, in its own order.

A slot is a number from 0 to size - 1. The order of a block depends only on the stream and the block's number. So any
range of rows can be made without the rows before it, and a longer table begins with the shorter one.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from math import gcd

import numpy as np
from numpy.typing import NDArray

from snap_builder.engine.streams import Bits, Ints, Seeds, Stream

SIZE = 16  # slots of a block, unless its shares determine their number
LEVELS = 7  # enough for tables of 16 ** 7 rows
NONE = np.empty(0, np.int64)


def slots(stream: Stream, start: int, stop: int, size: int) -> Ints:
    """Return the slot of each row of [start, stop) in its block of `size` rows, shape (rows,)."""
    first = start // size
    blocks = -(-stop // size) - first
    words = stream.bits(first * size, (first + blocks) * size).reshape(blocks, size)
    ranks = np.empty((blocks, size), np.int64)
    np.put_along_axis(ranks, np.argsort(words, axis=1, kind="stable"), np.arange(size)[None, :], axis=1)
    return ranks.reshape(-1)[start - first * size : stop - first * size]


def cuts(rows: int, most: int, begins: Ints = NONE) -> Iterator[tuple[int, int]]:
    """Yield the rows of a table as consecutive ranges [start, stop) of at most `most` rows.

    `begins` are the first rows of blocks that are made whole, rising from 0, or empty. A range then ends where a block
    ends, and a block with more than `most` rows is a range of its own.
    """
    start = 0
    while start < rows:
        stop = start + most
        if len(begins):
            ends = np.append(begins[(begins > start) & (begins < rows)], rows)
            stop = int(ends[max(0, int(np.searchsorted(ends, stop, side="right")) - 1)])
        yield start, min(stop, rows)
        start = stop


@dataclass(frozen=True, slots=True)
class Shares:
    """Exact shares of some choices: in each block of `size` rows, choice i has `counts[i]` rows.

    `size` is the least number of rows that makes all shares whole.
    """

    counts: tuple[int, ...]

    @classmethod
    def of(cls, weights: Sequence[int]) -> Shares:
        """Return the shares for whole weights: 70, 25 and 5 become 14, 5 and 1 of 20."""
        divisor = gcd(*weights)
        return cls(tuple(weight // divisor for weight in weights))

    @property
    def size(self) -> int:
        return sum(self.counts)

    def choose(self, stream: Stream, start: int, stop: int) -> Ints:
        """Return the index of each row's choice, shape (rows,)."""
        index = np.repeat(np.arange(len(self.counts)), self.counts)
        return index[slots(stream, start, stop, self.size)]


def settled(forced: NDArray[np.bool_], shares: Shares, stream: Stream) -> NDArray[np.bool_]:
    """Return a mask of exactly the second of two `shares` of the rows. The mask includes all `forced` rows.

    If a block has more forced rows than the share allows, the next blocks have fewer marked rows, until the share is
    right again. `forced` covers whole blocks.
    """
    size, each = shares.size, shares.counts[1]
    blocks = forced.reshape(-1, size)
    upto = np.cumsum(blocks.sum(axis=1))
    due = each * np.arange(1, len(blocks) + 1)
    total = upto + np.maximum(0, np.maximum.accumulate(due - upto))
    wanted = np.diff(total, prepend=0)
    slot = np.where(blocks, size, slots(stream, 0, len(forced), size).reshape(-1, size))
    rank = np.empty(slot.shape, np.int64)
    np.put_along_axis(rank, np.argsort(-slot, axis=1, kind="stable"), np.arange(size)[None, :], axis=1)
    return (rank < wanted[:, None]).reshape(-1)


@dataclass(frozen=True, slots=True)
class Nested:
    """The level and the slot of rows in nested blocks, both of shape (rows,).

    The top slot of a block is a slot one level up.
    """

    level: Ints
    slot: Ints


def nested(seeds: Seeds, column: str, start: int, stop: int) -> Nested:
    """Return the level and slot of each row of [start, stop).

    One of SIZE rows is at level 1 or above, one of SIZE ** 2 rows at level 2 or above. So a long table has higher
    levels than a short one, and each of its blocks still has the same shape.
    """
    slot = slots(seeds.stream(column), start, stop, SIZE)
    level = np.zeros(stop - start, np.int64)
    at = np.flatnonzero(slot == SIZE - 1)
    ordinal = (start + at) // SIZE
    for number in range(1, LEVELS):
        if not len(at):
            break
        first = int(ordinal[0])
        above = slots(seeds.stream(f"{column}\0{number}"), first, int(ordinal[-1]) + 1, SIZE)[ordinal - first]
        slot[at], level[at] = above, number
        top = above == SIZE - 1
        at, ordinal = at[top], ordinal[top] // SIZE
    return Nested(level=level, slot=slot)


def scattered(words: Bits) -> Nested:
    """Return a random level and slot for each word, as often as `nested` gives them, without blocks."""
    slot = (words >> np.uint64(60)).astype(np.int64)
    level = np.zeros(len(words), np.int64)
    for number in range(1, LEVELS):
        above = (level == number - 1) & (slot == SIZE - 1)
        level[above] = number
        slot[above] = (words[above] >> np.uint64(60 - 4 * number)).astype(np.int64) % SIZE
    return Nested(level=level, slot=slot)
