"""The word for lengths of time."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from snap.errors import UsageError
from snap.types import Logical
from snap_builder.declare.checked import Percent, word
from snap_builder.declare.maker import NULL, Rows, SparseMaker, Values
from snap_builder.declare.numbers import Shape, nulled, uniform
from snap_builder.declare.periods import parse_span, unit_of
from snap_builder.engine import columns
from snap_builder.engine.calendar import DAY, SECOND


@dataclass(frozen=True, slots=True, kw_only=True)
class Duration(SparseMaker):
    """A length of time of some shape, from `low` to `high`, in whole steps; all in microseconds.

    Guarantees: every length lies in the range and is a whole number of the smallest unit that is written. Every block
    of 16 rows has the shape. Owns: its column. Costs: one pass. Refuses: a column that is not an interval, and an end
    that is shorter than the beginning.
    """

    fits = (Logical.INTERVAL,)

    shape: Shape | None
    low: int
    high: int
    step: int

    def values(self, rows: Rows) -> Values:
        if self.shape is None:
            first, last = self.low // self.step, self.high // self.step
            drawn = uniform(first, last).curve().values(rows.seeds, rows.name, rows.start, rows.stop) * self.step
        else:
            drawn = self.shape.curve().values(rows.seeds, rows.name, rows.start, rows.stop) * SECOND
        lengths = nulled(self, rows, np.clip(drawn // self.step * self.step, self.low, self.high))
        empty = lengths == NULL
        known = np.where(empty, 0, lengths)
        return columns.intervals(known // DAY, known % DAY, empty)


@word
def duration(
    low: str, high: str, *, shape: Shape | None = None, none: Percent = 0, stream: str | None = None
) -> Duration:
    """Return a word for a length of time: `duration("15m", "3h")` gives whole minutes, in a column of intervals.

    Units are y, mo, w, d, h, m and s. A year has 365 days, and a month 30. `shape` counts in seconds.

    Example:
        Table("calls", 200, {"lasted": duration("15m", "3h", shape=lognormal(2_400, "0.6"))})
    """
    least, most = parse_span(low), parse_span(high)
    if not 0 <= least <= most:
        raise UsageError(f"no length of time lies between {low} and {high}", "write the shorter one first")
    if shape is not None and shape.kind in ("histogram", "zipf"):
        raise UsageError(
            f"{shape.kind}() is a shape for fanout=, not for values", "write lognormal(), normal() or quantiles()"
        )
    return Duration(
        shape=shape, low=least, high=most, step=min(unit_of(low), unit_of(high), DAY), none=none, stream=stream
    )
