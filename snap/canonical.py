"""Canonical bytes: values are equal exactly when these are. docs/format.md defines them; digests and diffs use them.

Pure: arrays in, arrays out. The canonical text of a jsonb value is what Postgres prints for it, but for trailing zeros
of fractions; a snapshot stores jsonb in that form, so that here its bytes are taken as they are.
"""

from __future__ import annotations

import json
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from snap import rows
from snap.types import Logical, Type

if TYPE_CHECKING:
    import numpy as np
    import pyarrow as pa

    from snap.schema import Column

_INTEGERS = frozenset(
    {
        Logical.INT16,
        Logical.INT32,
        Logical.INT64,
        Logical.DATE,
        Logical.TIME,
        Logical.TIMESTAMP,
        Logical.TIMESTAMPTZ,
    }
)


def canonical_rows(batch: pa.RecordBatch, columns: tuple[Column, ...]) -> pa.BinaryArray:
    """Return each row's canonical bytes: the fields of `columns`, in that order, framed as snap.rows does."""
    fields = [canonical_field(batch.column(column.name), column.type) for column in columns]
    return rows.join(fields, batch.num_rows)


def canonical_field(array: pa.Array, column: Type) -> rows.Field:
    """Return the canonical payloads of one column."""
    import numpy as np
    import pyarrow as pa
    import pyarrow.compute as pc

    logical = column.logical
    if logical in _INTEGERS:
        if logical is Logical.DATE:
            array = array.cast(pa.int32())
        return fixed(array, pc.fill_null(array.cast(pa.int64()), 0).to_numpy(), ">i8")
    if logical is Logical.BOOL:
        return fixed(array, pc.fill_null(array.cast(pa.uint8()), 0).to_numpy(), "u1")
    if logical in {Logical.FLOAT32, Logical.FLOAT64}:
        values = pc.fill_null(array.cast(pa.float64()), 0.0).to_numpy() + 0.0  # -0.0 + 0.0 is +0.0
        return fixed(array, np.where(np.isnan(values), np.nan, values), ">f8")
    if logical is Logical.UUID:
        return rows.Field(block=uuid_block(array), valid=validity(array))
    if logical is Logical.INTERVAL:
        parts = [pc.fill_null(pc.struct_field(array, [i]), 0).to_numpy() for i in range(3)]
        blocks = [_bytes(part, kind) for part, kind in zip(parts, (">i4", ">i4", ">i8"), strict=True)]
        return rows.Field(block=np.concatenate(blocks, axis=1), valid=validity(array))
    if logical is Logical.DECIMAL:
        return rows.Field(values=decimal_text(array).cast(pa.binary()))
    if logical is Logical.LIST:
        assert column.item is not None
        flat = array.flatten()
        elements = rows.join([canonical_field(flat, column.item)], len(flat))
        lengths = pc.fill_null(pc.list_value_length(array), 0).to_numpy()
        return rows.Field(values=mask(rows.regroup(elements, lengths), array))
    return rows.Field(values=storage(array).cast(pa.binary()))


def fixed(array: pa.Array, values: np.ndarray[Any, Any], kind: str) -> rows.Field:
    """Return `values`, as NumPy type `kind`, as a field that is NULL where `array` is."""
    return rows.Field(block=_bytes(values, kind), valid=validity(array))


def _bytes(values: np.ndarray[Any, Any], kind: str) -> np.ndarray[Any, np.dtype[np.uint8]]:
    import numpy as np

    return values.astype(kind).view(np.uint8).reshape(len(values), np.dtype(kind).itemsize)


def validity(array: pa.Array) -> np.ndarray[Any, np.dtype[np.bool_]] | None:
    """Return where `array` is not NULL, or None if it nowhere is."""
    return array.is_valid().to_numpy(zero_copy_only=False) if array.null_count else None


def mask(values: pa.Array, like: pa.Array) -> pa.Array:
    """Return `values` with the NULLs of `like`."""
    import pyarrow as pa
    import pyarrow.compute as pc

    return pc.if_else(like.is_valid(), values, pa.scalar(None, values.type)) if like.null_count else values


def storage(array: pa.Array) -> pa.Array:
    """Return the array beneath an extension type (uuid, json), or the array itself."""
    import pyarrow as pa

    return array.storage if isinstance(array.type, pa.BaseExtensionType) else array


def uuid_block(array: pa.Array) -> np.ndarray[Any, np.dtype[np.uint8]]:
    """Return a uuid array as uint8 of shape (rows, 16); NULL rows are whatever lies there."""
    import numpy as np

    inner = storage(array)
    data = np.frombuffer(inner.buffers()[1], np.uint8)
    return data[inner.offset * 16 : (inner.offset + len(inner)) * 16].reshape(len(inner), 16)


def decimal_text(array: pa.Array) -> pa.StringArray:
    """Return decimals as plain text without exponent, trailing zeros of the fraction, or a bare point."""
    import pyarrow as pa
    import pyarrow.compute as pc

    scale = array.type.scale
    # The same 16 bytes at scale 0 print as an integer; at their own scale Arrow would print 1E-7.
    unscaled = pa.Array.from_buffers(pa.decimal128(38, 0), len(array), array.buffers(), offset=array.offset).cast(
        pa.string()
    )
    if scale == 0:
        return unscaled
    digits = pc.utf8_lpad(pc.utf8_ltrim(unscaled, "-"), scale + 1, "0")
    fraction = pc.utf8_rtrim(pc.utf8_slice_codeunits(digits, start=-scale), "0")
    return pc.binary_join_element_wise(
        pc.if_else(pc.starts_with(unscaled, "-"), "-", ""),
        pc.utf8_slice_codeunits(digits, start=0, stop=-scale),
        pc.if_else(pc.equal(fraction, ""), "", "."),
        fraction,
        "",
    )


def canonical_json(text: str) -> str:
    """Return a JSON text in canonical form: the slow way, one value at a time, for texts that Postgres did not print.

    Keys are ordered by length in UTF-8 and then by bytes, the last of equal ones wins; `": "` and `", "` separate.
    """
    return _dump(json.loads(text, parse_float=Decimal, parse_int=Decimal))


def _dump(value: Any) -> str:
    if isinstance(value, dict):
        pairs = sorted(value.items(), key=lambda pair: (len(pair[0].encode()), pair[0].encode()))
        return "{" + ", ".join(f"{_quote(key)}: {_dump(item)}" for key, item in pairs) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(map(_dump, value)) + "]"
    if isinstance(value, Decimal):
        plain = format(value, "f")
        plain = plain.rstrip("0").rstrip(".") if "." in plain else plain
        return "0" if plain == "-0" else plain
    if isinstance(value, str):
        return _quote(value)
    return {True: "true", False: "false", None: "null"}[value]


def _quote(text: str) -> str:
    # json.dumps escapes what Postgres does: the quote, the backslash, \b \f \n \r \t, and other controls as \u00xx;
    # but Postgres leaves DEL alone, as json.dumps does.
    return json.dumps(text, ensure_ascii=False)
