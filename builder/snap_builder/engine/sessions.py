"""Rows of one parent in sessions: a few rows one shortly after another, then a long time without any.

Rows are numbered by parent. Of every `size` rows of a parent exactly one begins a session, at a place that a word of a
stream gives. So a row's session follows from its number alone, and further rows change none.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from snap_builder.engine.streams import Ints, Stream, below

_MOST = 24  # bits of the number of a parent's session


@dataclass(frozen=True, slots=True)
class Session:
    """The session of each row. `key` tells it from all others, `place` is the row's place in it; shape (rows,)."""

    key: Ints
    place: Ints


def sessions(stream: Stream, size: int, parent: Ints, number: Ints) -> Session:
    """Return the sessions of rows that are `number` of their parents, in sessions of `size` rows on average.

    `parent` is a number below 2**38 for each. A session has 2 * size - 1 rows at most.
    """
    block = number // size
    begins = _begins(stream, size, parent, block)
    later = number >= begins
    earlier = np.where(block > 0, _begins(stream, size, parent, block - 1), 0)
    return Session(_key(parent, block + later), number - np.where(later, begins, earlier))


def _begins(stream: Stream, size: int, parent: Ints, block: Ints) -> Ints:
    """Return which row of a parent begins a session, of a block of `size` rows."""
    return block * size + below(stream.at(_key(parent, block), 1)[:, 0], size)


def _key(parent: Ints, block: Ints) -> Ints:
    return (parent << _MOST) | (block & (2**_MOST - 1))
