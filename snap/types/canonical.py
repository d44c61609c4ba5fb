"""Canonical bytes: two values are equal exactly when their canonical bytes are equal. docs/format.md defines them.

Digests and diffs use them. Pure: arrays in, arrays out. The canonical text of a jsonb value is the text that Postgres
prints, without trailing zeros of fractions. A snapshot stores jsonb in that form, so its bytes are used unchanged here.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from snap import rows
from snap.types.arrow import integers, list_lengths, mask, storage, uuid_block, validity
from snap.types.registry import Logical, Type


def canonical_field(array: pa.Array, column: Type) -> rows.Field:
    """Return the canonical payloads of one column."""
    return FIELDS[column.logical](array, column)


def fixed(array: pa.Array, values: np.ndarray[Any, Any], kind: str) -> rows.Field:
    """Return `values`, cast to the NumPy type `kind`, as a field with the NULLs of `array`."""
    return rows.Field(block=as_bytes(values, kind), valid=validity(array))


def as_bytes(values: np.ndarray[Any, Any], kind: str) -> np.ndarray[Any, np.dtype[np.uint8]]:
    """Return `values`, cast to the NumPy type `kind`, as uint8 of shape (rows, width)."""
    return values.astype(kind).view(np.uint8).reshape(len(values), np.dtype(kind).itemsize)


def bool_field(array: pa.Array) -> rows.Field:
    """Return a byte of 0 or 1 for each boolean."""
    return fixed(array, pc.fill_null(array.cast(pa.uint8()), 0).to_numpy(), "u1")


def decimal_text(array: pa.Array) -> pa.StringArray:
    """Return decimals as text without an exponent, trailing zeros of the fraction, or a point at the end."""
    scale = array.type.scale
    whole = unscaled(array)
    if scale == 0:
        return whole
    digits = pc.utf8_lpad(pc.utf8_ltrim(whole, "-"), scale + 1, "0")
    fraction = pc.utf8_rtrim(pc.utf8_slice_codeunits(digits, start=-scale), "0")
    return pc.binary_join_element_wise(
        pc.if_else(pc.starts_with(whole, "-"), "-", ""),
        pc.utf8_slice_codeunits(digits, start=0, stop=-scale),
        pc.if_else(pc.equal(fraction, ""), "", "."),
        fraction,
        "",
    )


def unscaled(array: pa.Array) -> pa.StringArray:
    """Return the unscaled integers of decimals as text."""
    # The same 16 bytes at scale 0 print as an integer; at their own scale Arrow would print 1E-7.
    plain = pa.Array.from_buffers(pa.decimal128(38, 0), len(array), array.buffers(), offset=array.offset)
    return plain.cast(pa.string())


def _integer(array: pa.Array, _: Type) -> rows.Field:
    return fixed(array, integers(array), ">i8")


def _float(array: pa.Array, _: Type) -> rows.Field:
    values = pc.fill_null(array.cast(pa.float64()), 0.0).to_numpy() + 0.0  # -0.0 + 0.0 is +0.0
    return fixed(array, np.where(np.isnan(values), np.nan, values), ">f8")


def _decimal(array: pa.Array, _: Type) -> rows.Field:
    return rows.Field(values=decimal_text(array).cast(pa.binary()))


def _bytes(array: pa.Array, _: Type) -> rows.Field:
    return rows.Field(values=storage(array).cast(pa.binary()))


def _interval(array: pa.Array, _: Type) -> rows.Field:
    parts = [pc.fill_null(pc.struct_field(array, [i]), 0).to_numpy() for i in range(3)]
    blocks = [as_bytes(part, kind) for part, kind in zip(parts, (">i4", ">i4", ">i8"), strict=True)]
    return rows.Field(block=np.concatenate(blocks, axis=1), valid=validity(array))


def _list(array: pa.Array, column: Type) -> rows.Field:
    assert column.item is not None
    flat = array.flatten()
    elements = rows.join([canonical_field(flat, column.item)], len(flat))
    return rows.Field(values=mask(rows.regroup(elements, list_lengths(array)), array))


FIELDS: Mapping[Logical, Callable[[pa.Array, Type], rows.Field]] = {
    Logical.BOOL: lambda array, _: bool_field(array),
    Logical.INT16: _integer,
    Logical.INT32: _integer,
    Logical.INT64: _integer,
    Logical.FLOAT32: _float,
    Logical.FLOAT64: _float,
    Logical.DECIMAL: _decimal,
    Logical.STRING: _bytes,
    Logical.BYTES: _bytes,
    Logical.UUID: lambda array, _: rows.Field(block=uuid_block(array), valid=validity(array)),
    Logical.JSONB: _bytes,
    Logical.JSON: _bytes,
    Logical.DATE: _integer,
    Logical.TIME: _integer,
    Logical.TIMESTAMP: _integer,
    Logical.TIMESTAMPTZ: _integer,
    Logical.INTERVAL: _interval,
    Logical.ENUM: _bytes,
    Logical.LIST: _list,
    Logical.TEXT: _bytes,
}
