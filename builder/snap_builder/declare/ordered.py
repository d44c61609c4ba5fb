"""A number or a day that comes after another column's in the same row, as a CHECK demands."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

import numpy as np

from snap.types import Logical
from snap_builder.declare.maker import NULL, NUMBERS, Rows, SparseMaker
from snap_builder.declare.numbers import nulled
from snap_builder.engine.calendar import DAY
from snap_builder.engine.streams import Ints, below


@dataclass(frozen=True, slots=True, kw_only=True)
class Above(SparseMaker):
    """A number above another column's, or one of the `most` days after another column's day.

    A number is at most `most` above the other one, and not above `high`. A day begins before as-of, unless the other
    one is the last day before as-of, or later.

    Guarantees: the value is above the other one, or both are `high`. Where the other one is NULL, it counts as 0, or as
    the day `most` days before the last one. Owns: its column. Costs: one pass. Refuses: nothing.
    """

    fits = (*NUMBERS, Logical.DATE)

    path: str
    most: int
    high: Decimal | None = None
    days: bool = False

    def waits(self) -> tuple[str, ...]:
        return (self.path,)

    def values(self, rows: Rows) -> Ints:
        step = DAY if self.days else 1
        last = (rows.as_of - 1) // DAY * DAY  # the last day that begins before as-of
        known = rows.copied(self.path)
        base = np.where(known == NULL, last - self.most * DAY if self.days else 0, known)
        room = np.full(len(base), self.most if self.days else self.most * 10**rows.scale, np.int64)
        if self.days:
            left = last // DAY - base // DAY
            room = np.where(left > 0, np.minimum(left, room), room)
        if self.high is not None:
            room = np.clip(int(self.high * 10**rows.scale) - base, 0, room)
        drawn = 1 + below(rows.seeds.bits(rows.name, rows.start, rows.stop), np.maximum(room, 1))
        return nulled(self, rows, base + np.minimum(drawn, room) * step)
