"""The time after other moments in which a moment lies, and delays that are cut off at the end of that time."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

import numpy as np

from snap_builder.declare.maker import NULL, Rows
from snap_builder.declare.periods import After
from snap_builder.engine import curves
from snap_builder.engine.calendar import SECOND
from snap_builder.engine.columns import Mask
from snap_builder.engine.curves import Curve
from snap_builder.engine.streams import Ints

WHOLE = 1 << 32  # a share, in 1 / WHOLE


@dataclass(frozen=True, slots=True, kw_only=True)
class Following:
    """The time after other moments, from `begin` to before `end`, in microseconds; shape (rows,).

    `empty` marks rows where one of the other moments is NULL.
    """

    begin: Ints
    end: Ints
    empty: Mask

    @property
    def left(self) -> Ints:
        """Return the length of the time in microseconds, 0 if it ends before it begins."""
        return np.maximum(0, self.end - 1 - self.begin)


def following(rows: Rows, when: After, horizon: int) -> Following:
    """Return the time after the latest moment that `when` names, before its earliest end and before `horizon`."""
    latest = np.maximum.reduce([rows.integers(path) for path in when.paths])  # NULL where one of the moments is NULL
    ends = [rows.integers(path) for path in when.ends]  # NULL is later than all moments
    return Following(
        begin=np.where(latest == NULL, rows.as_of, latest),
        end=np.minimum.reduce([np.full(len(latest), horizon), *ends]),
        empty=latest == NULL,
    )


def cut_off(delay: Curve, span: Following, shares: Ints, fraction: Ints) -> Ints:
    """Return delays in microseconds that end within `span`. They are drawn from the part of the curve in that time.

    `shares` are shares of that part, and `fraction` are microseconds within a second. If no part of the curve lies
    within the time, the delay is longer than the time.
    """
    drawn = delay.within(shares, span.left // SECOND)
    return np.where(drawn < 0, span.left + SECOND, drawn * SECOND + fraction)


@cache
def even() -> Curve:
    """Return the curve of uniform shares."""
    return curves.uniform(0, WHOLE)
