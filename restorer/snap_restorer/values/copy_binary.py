"""Encode record batches as COPY BINARY. Pure, and no Python per row.

The format is the signature, then for each row a 2-byte number of columns and its fields (snap.rows), then -1. The
payloads are those of Postgres' own send functions, so that they can be compared with the output of COPY ... TO.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from snap import rows
from snap.types import Type
from snap.types.arrow import integers, list_lengths, mask, storage, uuid_block, validity
from snap.types.canonical import as_bytes, bool_field, fixed, unscaled
from snap_restorer.values.fit import ColumnPlan, Form, Wire

SIGNATURE = b"PGCOPY\n\xff\r\n\0" + bytes(8)  # no flags, no header extension
TRAILER = b"\xff\xff"
_EPOCH_DAYS = 10_957  # from 1970-01-01 to 2000-01-01, Postgres' epoch
_EPOCH_MICROSECONDS = _EPOCH_DAYS * 86_400_000_000
_BASE_DIGITS = 4  # numeric is sent in base 10,000
_NEGATIVE = 0x4000

_Encode = Callable[[pa.Array, Type, Wire], rows.Field]


def encode(batch: pa.RecordBatch, columns: Sequence[ColumnPlan]) -> memoryview:
    """Return the rows of `batch` for COPY BINARY, without signature and trailer."""
    fields = [_field(batch.column(column.name), column.type, column.wire) for column in columns]
    return rows.data(rows.join(fields, batch.num_rows, header=len(columns).to_bytes(2, "big")))


def _field(array: pa.Array, column: Type, wire: Wire) -> rows.Field:
    return FIELDS[wire.form](array, column, wire)


def _integer(kind: str, shift: int = 0) -> _Encode:
    """Return an encoder of integers, days or microseconds as NumPy type `kind`, less `shift`."""
    return lambda array, _, __: fixed(array, integers(array) - shift, kind)


def _float(array: pa.Array, _: Type, wire: Wire) -> rows.Field:
    values = pc.fill_null(array, 0.0).to_numpy()
    values = np.where(np.isnan(values), np.array(np.nan, values.dtype), values)  # NaNs have many bit patterns
    return fixed(array, values, ">f4" if wire.form is Form.FLOAT4 else ">f8")


def _interval(array: pa.Array, _: Type, __: Wire) -> rows.Field:
    months, days, microseconds = (pc.fill_null(pc.struct_field(array, [i]), 0).to_numpy() for i in range(3))
    parts = [as_bytes(part, kind) for part, kind in ((microseconds, ">i8"), (days, ">i4"), (months, ">i4"))]
    return rows.Field(block=np.concatenate(parts, axis=1), valid=validity(array))


def _bytes(array: pa.Array, _: Type, __: Wire) -> rows.Field:
    return rows.Field(values=storage(array).cast(pa.binary()))


def _jsonb(array: pa.Array, _: Type, __: Wire) -> rows.Field:
    version = pa.scalar(b"\x01", pa.binary())
    return rows.Field(values=pc.binary_join_element_wise(version, storage(array).cast(pa.binary()), b""))


def _numeric(array: pa.Array, _: Type, __: Wire) -> rows.Field:
    """Encode decimals as numeric_send does: number of digits, weight, sign, scale, then digits without outer zeros."""
    scale, count = array.type.scale, len(array)
    whole = -(-(array.type.precision - scale) // _BASE_DIGITS)
    fraction = -(-scale // _BASE_DIGITS)
    groups = whole + fraction
    plain = pc.fill_null(unscaled(array), "0")
    negative = pc.starts_with(plain, "-").to_numpy(zero_copy_only=False)
    padded = pc.utf8_lpad(pc.utf8_ltrim(plain, "-"), whole * _BASE_DIGITS + scale, "0")
    padded = pc.utf8_rpad(padded, groups * _BASE_DIGITS, "0")
    figures = np.frombuffer(rows.data(padded), np.uint8).reshape(count, groups, _BASE_DIGITS) - ord("0")
    digits = figures.astype(np.int32) @ np.array([1000, 100, 10, 1], np.int32)
    used = digits != 0
    some = used.any(axis=1)
    first = np.where(some, used.argmax(axis=1), 0)
    length = np.where(some, groups - used[:, ::-1].argmax(axis=1) - first, 0)
    header = np.stack(
        [
            length,
            np.where(some, whole - 1 - first, 0),
            np.where(negative & some, _NEGATIVE, 0),
            np.full(count, scale),
        ],
        axis=1,
    )
    block = np.concatenate([header, digits], axis=1).astype(">i2").view(np.uint8).reshape(count, 8 + 2 * groups)
    place = np.arange(groups)
    keep = np.ones((count, 4 + groups), np.bool_)
    keep[:, 4:] = (place >= first[:, None]) & (place < (first + length)[:, None])
    return rows.Field(values=mask(_kept(block, np.repeat(keep, 2, axis=1)), array))


def _array(array: pa.Array, column: Type, wire: Wire) -> rows.Field:
    """Encode lists as array_send does: dimensions, a flag for NULLs, element type; then size, lower bound, elements."""
    assert column.item is not None
    assert wire.item is not None
    count, flat, lengths = len(array), array.flatten(), list_lengths(array)
    starts = rows.starts(lengths)
    nulls = rows.starts(flat.is_null().to_numpy(zero_copy_only=False))
    header = np.stack(
        [
            lengths > 0,
            nulls[starts[1:]] > nulls[starts[:-1]],
            np.full(count, wire.element),
            lengths,
            np.ones(count, np.int64),
        ],
        axis=1,
    )
    block = header.astype(">u4").view(np.uint8).reshape(count, 20)
    keep = np.ones((count, 20), np.bool_)
    keep[lengths == 0, 12:] = False
    values = _kept(block, keep)
    if len(flat):
        elements = rows.join([_field(flat, column.item, wire.item)], len(flat))
        values = pc.binary_join_element_wise(values, rows.regroup(elements, lengths), pa.scalar(b"", pa.binary()))
    return rows.Field(values=mask(values, array))


def _kept(block: np.ndarray[Any, Any], keep: np.ndarray[Any, Any]) -> pa.BinaryArray:
    """Return the bytes of each row of `block` that `keep` marks, as one value for each row."""
    return rows.from_offsets(rows.starts(keep.sum(axis=1)), block[keep])


FIELDS: Mapping[Form, _Encode] = {
    Form.BOOL: lambda array, _, __: bool_field(array),
    Form.INT2: _integer(">i2"),
    Form.INT4: _integer(">i4"),
    Form.INT8: _integer(">i8"),
    Form.FLOAT4: _float,
    Form.FLOAT8: _float,
    Form.NUMERIC: _numeric,
    Form.BYTES: _bytes,
    Form.UUID: lambda array, _, __: rows.Field(block=uuid_block(array), valid=validity(array)),
    Form.JSONB: _jsonb,
    Form.DATE: _integer(">i4", _EPOCH_DAYS),
    Form.TIME: _integer(">i8"),
    Form.TIMESTAMP: _integer(">i8", _EPOCH_MICROSECONDS),
    Form.INTERVAL: _interval,
    Form.ARRAY: _array,
}
