"""The word for columns of arrays."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np
import pyarrow as pa

from snap.types import Logical
from snap_builder.declare.checked import Count, Percent, word
from snap_builder.declare.elements import Length, distinct, elements_of, length_of, require_distinct
from snap_builder.declare.maker import ColumnPlace, Maker, Place, Rows
from snap_builder.declare.numbers import Choice, nulled
from snap_builder.declare.plain import MadeOfWords, require_plain


@dataclass(frozen=True, slots=True, kw_only=True)
class Array(MadeOfWords):
    """An array of values that another word makes.

    Guarantees: each length has its share in every whole block of rows. A block is the least number of rows that makes
    all shares whole. The shares of the word are exact in every whole block of elements; those of case() are near. With
    `distinct` no value comes twice in an array, and values of larger weights come first and more often. Owns: its
    column. Costs: the passes of the word over all elements. Refuses: a word that makes no plain value, values that the
    array's type does not hold, more distinct elements than there are values, and lengths that a CHECK does not allow.
    """

    fits = (Logical.LIST,)

    of: Maker
    length: Length
    distinct: bool = False

    def waits(self) -> tuple[str, ...]:
        return self.of.waits()

    def parts(self) -> Iterator[Maker]:
        yield from self.of.parts()

    def require(self, place: Place) -> None:
        self.of.require(self.item(place))

    def item(self, place: Place) -> ColumnPlace:
        """Return the place of the word that makes the elements."""
        column = replace(place.column, type=place.column.type.scalar)
        return ColumnPlace(label=place.label, column=column, rows=place.rows, labels=place.labels)

    def values(self, rows: Rows) -> pa.ListArray:
        places = self.length.places(rows)
        elements = elements_of(rows, places, rows.scale)
        chosen = self.of if self.distinct else None
        made = distinct(chosen, elements, places) if isinstance(chosen, Choice) else self.of.values(elements)
        items = rows.items(made, self.of)
        empty = nulled(self, rows, np.zeros(rows.stop - rows.start, np.int64)) != 0
        mask = pa.array(empty) if empty.any() else None
        return pa.ListArray.from_arrays(pa.array(places.ends.astype(np.int32)), items, mask=mask)


@word
def array(
    low: Count,
    high: Count,
    of: Maker,
    /,
    *,
    weights: Sequence[Count] | None = None,
    distinct: bool = False,
    none: Percent = 0,
    stream: str | None = None,
) -> Array:
    """Return a word for an array of `low` to `high` values: `array(0, 3, choice(new=5, sale=3, eco=2), distinct=True)`.

    `weights` are the weights of the lengths, from `low` to `high`. Without them all lengths are equally frequent.

    Example:
        Table("products", 200, {
            "tags": array(0, 3, choice(new=5, sale=3, eco=1, gift=1), weights=[1, 4, 2, 1], distinct=True),
        })
    """
    length = length_of("array", low, high, weights)
    require_plain("array()", of, nested=True)
    if distinct:
        require_distinct("array", length, of)
    return Array(of=of, length=length, distinct=distinct, none=none, stream=stream)
