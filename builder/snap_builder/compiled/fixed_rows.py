"""Read the fixed rows of tables, which are the rows that the schema's script inserts."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from snap.schema import Schema
from snap.types.arrow import storage
from snap_builder.compiled.arrays import integers_of, places_in
from snap_builder.compiled.planned import PlannedTable
from snap_builder.declare.keys import RowNumber
from snap_builder.declare.maker import Maker
from snap_builder.engine.streams import Ints


def integers_of_fixed(tables: Mapping[str, PlannedTable], planned: PlannedTable, name: str) -> Ints:
    """Return the integers of a column for the table's fixed rows, with shape (fixed rows,)."""
    if not planned.fixed.num_rows:
        return np.empty(0, np.int64)
    values, parent = planned.fixed.column(name), planned.parents.get(name)
    if parent is not None:
        above = tables[parent.label].fixed
        return places_in(values, above.column(parent.to) if above.num_rows else values[:0])
    maker = planned.makers.get(name)
    choices = None if maker is None else maker.choices
    return integers_of(values, planned.kind(name), choices)


def fixed_rows(schema: Schema) -> dict[str, pa.RecordBatch]:
    """Return the rows that the schema's script inserts, by table label."""
    return {
        each.table: pa.ipc.open_stream(each.data).read_all().combine_chunks().to_batches()[0] for each in schema.fixed
    }


def beyond(maker: Maker, name: str, fixed: pa.RecordBatch) -> Maker:
    """Return a maker of keys whose numbers continue after the keys of the fixed rows."""
    count = fixed.num_rows
    if not isinstance(maker, RowNumber) or not count:
        return maker
    numbers = storage(fixed.column(name))
    if not pa.types.is_integer(numbers.type):
        numbers = pc.ceil(numbers.cast(pa.float64()))
        numbers = numbers.filter(pc.is_finite(numbers))
    last = pc.max(numbers).as_py()
    return maker if last is None else replace(maker, first=max(maker.first, int(last) + 1 - count))
