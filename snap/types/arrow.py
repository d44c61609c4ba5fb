"""The Arrow types of logical types, and helpers that read their arrays."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from snap import rows
from snap.types.registry import Logical, Type

if TYPE_CHECKING:
    from snap.schema import Table


def arrow_type(column: Type) -> pa.DataType:
    """Return the Arrow type that holds `column`'s values."""
    entry = TYPES[column.logical]
    return entry(column) if callable(entry) else entry


def schema_of(table: Table) -> pa.Schema:
    """Return the Arrow schema of a table's stored columns, in order."""
    return pa.schema(
        [pa.field(column.name, arrow_type(column.type), nullable=column.nullable) for column in table.stored]
    )


def empty_table(table: Table) -> pa.Table:
    """Return a table's stored columns without rows.

    `Schema.empty_table()` does not support lists of extension types.
    """
    return pa.Table.from_batches([], schema_of(table))


def _list(column: Type) -> pa.DataType:
    assert column.item is not None
    return pa.list_(arrow_type(column.item))


TYPES: Mapping[Logical, pa.DataType | Callable[[Type], pa.DataType]] = {
    Logical.BOOL: pa.bool_(),
    Logical.INT16: pa.int16(),
    Logical.INT32: pa.int32(),
    Logical.INT64: pa.int64(),
    Logical.FLOAT32: pa.float32(),
    Logical.FLOAT64: pa.float64(),
    Logical.DECIMAL: lambda column: pa.decimal128(column.precision, column.scale),
    Logical.STRING: pa.string(),
    Logical.BYTES: pa.binary(),
    Logical.UUID: pa.uuid(),
    Logical.JSONB: pa.json_(),
    Logical.JSON: pa.string(),  # Postgres accepts half a surrogate pair, but JSON readers may refuse it
    Logical.DATE: pa.date32(),
    Logical.TIME: pa.time64("us"),
    Logical.TIMESTAMP: pa.timestamp("us"),
    Logical.TIMESTAMPTZ: pa.timestamp("us", tz="UTC"),
    Logical.INTERVAL: pa.struct([("months", pa.int32()), ("days", pa.int32()), ("microseconds", pa.int64())]),
    Logical.ENUM: pa.string(),
    Logical.LIST: _list,
    Logical.TEXT: pa.string(),
}


def storage(array: pa.Array) -> pa.Array:
    """Return the storage array of an extension type (uuid, json), or the array itself."""
    return array.storage if isinstance(array.type, pa.BaseExtensionType) else array


def validity(array: pa.Array) -> np.ndarray[Any, np.dtype[np.bool_]] | None:
    """Return a mask of the values that are not NULL, or None if there is no NULL."""
    return array.is_valid().to_numpy(zero_copy_only=False) if array.null_count else None


def mask(values: pa.Array, like: pa.Array) -> pa.Array:
    """Return `values` with the NULLs of `like`."""
    return pc.if_else(like.is_valid(), values, pa.scalar(None, values.type)) if like.null_count else values


def uuid_block(array: pa.Array) -> np.ndarray[Any, np.dtype[np.uint8]]:
    """Return a uuid array as uint8 of shape (rows, 16). NULL rows hold arbitrary bytes."""
    inner = storage(array)
    data = np.frombuffer(inner.buffers()[1], np.uint8)
    return data[inner.offset * 16 : (inner.offset + len(inner)) * 16].reshape(len(inner), 16)


def integers(array: pa.Array) -> np.ndarray[Any, Any]:
    """Return integers, days or microseconds as int64, NULLs as 0."""
    if pa.types.is_date32(array.type):
        array = array.cast(pa.int32())
    return pc.fill_null(array.cast(pa.int64()), 0).to_numpy()


def list_lengths(array: pa.Array) -> np.ndarray[Any, np.dtype[np.int64]]:
    """Return the number of elements of each list, NULLs as 0."""
    return pc.fill_null(pc.list_value_length(array), 0).to_numpy(zero_copy_only=False).astype(np.int64)


def with_items(like: pa.Array, items: pa.Array) -> pa.ListArray:
    """Return lists with the lengths and NULLs of `like`. Consecutive `items` are the lists' elements."""
    offsets = pa.array(rows.starts(list_lengths(like)), pa.int32())
    nulls = like.is_null() if like.null_count else None
    return pa.ListArray.from_arrays(offsets, items, type=pa.list_(items.type), mask=nulls)
