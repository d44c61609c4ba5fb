"""Compute the key range of a file: its least and greatest primary key, compared by value. Pure. See docs/format.md."""

from __future__ import annotations

from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from snap.schema import Table
from snap.types.arrow import storage

KeyRange = tuple[tuple[str, ...] | None, tuple[str, ...] | None]


class KeyRangeOf:
    """Accumulates the key range of a table's record batches, in any order."""

    def __init__(self, table: Table) -> None:
        columns = [table.column(name) for name in table.primary_key]
        ordered = all(c.type.facts.ordered and not c.generated for c in columns)
        self._names = table.primary_key if ordered else ()
        self._ends: list[list[pa.Array]] = []

    def update(self, batch: pa.RecordBatch) -> None:
        """Add every row of `batch`, which has the table's stored columns."""
        if self._names and batch.num_rows:
            self._ends.append(_least_and_greatest([batch.column(name) for name in self._names]))

    def texts(self) -> KeyRange:
        """Return the least and the greatest key as texts.

        Both are None if there is no row or no key, or if a column of the key has no order (an interval, a list, JSON)
        or is not stored (a generated column).
        """
        if not self._ends:
            return None, None
        ends = _least_and_greatest([pa.concat_arrays(column) for column in zip(*self._ends, strict=True)])
        least, greatest = (tuple(_text(column[row]) for column in ends) for row in (0, 1))
        return least, greatest


def _least_and_greatest(key: list[pa.Array]) -> list[pa.Array]:
    """Return the least and the greatest key as columns with two rows each.

    As in Postgres, NaN is greater than any number.
    """
    keys = pa.table({str(i): storage(column) for i, column in enumerate(key)})
    order = pc.sort_indices(keys, sort_keys=[(name, "ascending") for name in keys.column_names])
    return [column.take(order.take(pa.array([0, len(order) - 1]))) for column in key]


def _text(value: Any) -> str:
    """Return an Arrow scalar as text: uuids with hyphens, bytes as hexadecimal digits."""
    try:
        python = value.as_py()
    except (ValueError, OverflowError):  # a year outside the range of Python's dates
        python = value.cast(pa.string()).as_py()
    return python.hex() if isinstance(python, bytes) else str(python)
