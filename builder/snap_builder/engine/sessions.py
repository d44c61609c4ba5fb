"""Sessions: a few rows of one parent shortly one after another, then a long time without any.

The rows of each parent are numbered. Of every `size` rows of a parent, exactly one begins a session; a word of a stream
determines which. So a row's session follows from its number alone, and further rows change no session.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from snap_builder.engine.streams import Ints, Stream, below

_MOST = 24  # bits of the number of a parent's session


@dataclass(frozen=True, slots=True)
class Session:
    """The session of each row, with vectors of shape (rows,).

    `key` identifies the session, and `place` is the row's position in it.
    """

    key: Ints
    place: Ints


def sessions(stream: Stream, size: int, parent: Ints, number: Ints) -> Session:
    """Return the sessions of rows, each given by its `number` among the rows of its parent.

    A session has `size` rows on average, and 2 * size - 1 rows at most. `parent` is a number below 2**38 for each row.
    """
    block = number // size
    begins = _begins(stream, size, parent, block)
    later = number >= begins
    earlier = np.where(block > 0, _begins(stream, size, parent, block - 1), 0)
    return Session(_key(parent, block + later), number - np.where(later, begins, earlier))


def _begins(stream: Stream, size: int, parent: Ints, block: Ints) -> Ints:
    """Return which row of a parent begins a session, for a block of `size` of the parent's rows."""
    return block * size + below(stream.at(_key(parent, block), 1)[:, 0], size)


def _key(parent: Ints, block: Ints) -> Ints:
    return (parent << _MOST) | (block & (2**_MOST - 1))
