"""The word for the place of a row among the rows of its parent: order lines, tasks of a list."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from snap.errors import UsageError
from snap.types import Logical
from snap_builder.declare.checked import Count, word
from snap_builder.declare.maker import LARGEST, NULL, NUMBERS, Maker, Place, Rows, refuse, with_nulls
from snap_builder.engine.streams import Ints, below


@dataclass(frozen=True, slots=True, kw_only=True)
class Position(Maker):
    """The place of a row among those that agree with it in the columns `by`, such as the lines of its order.

    Guarantees: rows that agree have different places, in the order of the rows. The first place is `first`. Without a
    gap each place follows the one before it; with a gap, row n of a parent lies anywhere in stretch n of `gap` + 1
    places. The place is NULL if one of the columns is NULL. Owns: its column. Costs: one pass over the columns `by`,
    and 8 bytes for each row. Refuses: a column whose type is too small if one parent has all rows of the table.
    """

    fits = NUMBERS

    by: tuple[str, ...]
    first: int
    gap: int

    def waits(self) -> tuple[str, ...]:
        return self.by

    def reads(self) -> tuple[str, ...]:
        return self.by

    def readable(self, _own: Logical, /) -> None:
        return None

    def values(self, rows: Rows) -> Ints:
        number = rows.number_of(self.by)
        known = number != NULL
        place = np.where(known, number, 0)
        if self.gap:
            # Each row lies in its own stretch of gap + 1 places, so it needs no places of the rows before it.
            moved = below(rows.seeds.bits(f"{rows.name}\0gap", rows.start, rows.stop), self.gap + 1)
            place = place * (self.gap + 1) + np.where(place > 0, moved, 0)
        return with_nulls((self.first + place) * 10**rows.scale, ~known)

    def require(self, place: Place) -> None:
        most = LARGEST.get(place.column.type.logical)
        last = self.first + place.rows * (self.gap + 1)
        if most is not None and last > most:
            raise refuse(
                place,
                f"{place.rows:,} rows of one parent would have positions up to {last:,}, but {place.column.type.pg} "
                f"ends at {most:,}",
                "ask for fewer rows, a smaller gap=, or make the column wider",
            )


@word
def position(by: str | Sequence[str], /, *, first: Count = 1, gap: Count = 0, stream: str | None = None) -> Position:
    """Return a word for the place of a row among those of its parent: `position("order_id")`, which counts 1, 2, 3.

    `by` are the columns in which such rows agree, and `first` is the place of the first one. With `gap` some places are
    left out, as if rows had been removed: each of a parent's rows lies in its own stretch of `gap` + 1 places.

    Example:
        Table("order_lines", 2_000, {"quantity": position("order_id", first=0)})
    """
    columns = (by,) if isinstance(by, str) else tuple(by)
    if not columns:
        raise UsageError("position() names no column of a parent", 'write position("order_id")')
    return Position(by=columns, first=first, gap=gap, stream=stream)
