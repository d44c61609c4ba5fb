"""Lists in rows: how many elements each row has, and their numbers among the elements of all rows.

The counts have exact shares in every whole block of rows, so every whole block has the same number of elements. The
number of a row's first element follows from the row's own block, without making anything before it. The elements of
neighbouring rows follow each other, so shares are exact among elements too.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from snap_builder.engine.blocks import Shares
from snap_builder.engine.streams import Ints, Stream


@dataclass(frozen=True, slots=True)
class Listed:
    """The elements of the lists in some rows: row i has the elements [ends[i], ends[i + 1]).

    They are counted from element `first` of the table. `ends` begins with 0, and has one element more than there are
    rows.
    """

    first: int
    ends: Ints

    @property
    def stop(self) -> int:
        """The number of the element after the last one."""
        return self.first + int(self.ends[-1])

    @property
    def rows(self) -> Ints:
        """The row of each element, counted from the first of the rows. The shape is (elements,)."""
        return np.repeat(np.arange(len(self.ends) - 1), np.diff(self.ends))


def listed(stream: Stream, start: int, stop: int, low: int, shares: Shares) -> Listed:
    """Return the elements of rows [start, stop).

    A row has `low` + i elements if its choice is i; `shares` are the shares of the choices.
    """
    size = shares.size
    block = sum((low + more) * count for more, count in enumerate(shares.counts))
    begin = start // size * size
    ends = np.concatenate([[0], np.cumsum(low + shares.choose(stream, begin, stop))])
    skipped = int(ends[start - begin])
    return Listed(first=begin // size * block + skipped, ends=ends[start - begin :] - skipped)
