"""Record batches into the bytes of COPY, binary or text. Pure, and no Python per row.

Binary: the signature, then for each row a 2-byte number of columns and its fields (snap.rows), then -1. The payloads
are those of Postgres' own send functions, so that they can be compared with what COPY ... TO writes.
Text: columns between tabs, rows ended by a line feed, NULL as \\N.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from snap import rows
from snap.types import Logical, Type
from snap.types.arrow import mask, storage, uuid_block, validity
from snap.types.canonical import decimal_text, fixed
from snap_restorer.values.fit import Form, Wire

if TYPE_CHECKING:
    import numpy as np
    import pyarrow as pa

    from snap_restorer.load.plan import ColumnPlan

SIGNATURE = b"PGCOPY\n\xff\r\n\0" + bytes(8)  # no flags, no header extension
TRAILER = b"\xff\xff"
_EPOCH_DAYS = 10_957  # from 1970-01-01 to 2000-01-01, where Postgres counts from
_EPOCH_MICROSECONDS = _EPOCH_DAYS * 86_400_000_000
_BASE_DIGITS = 4  # numeric is sent in base 10,000
_NEGATIVE = 0x4000
_DAY = 86_400_000_000


def binary(batch: pa.RecordBatch, columns: Sequence[ColumnPlan]) -> memoryview:
    """Return the rows of `batch` for COPY BINARY, without signature and trailer."""
    fields = [_field(batch.column(column.name), column.type, column.wire) for column in columns]
    return _data(rows.join(fields, batch.num_rows, header=len(columns).to_bytes(2, "big")))


def text(batch: pa.RecordBatch, columns: Sequence[ColumnPlan]) -> memoryview:
    """Return the rows of `batch` for COPY in text format."""
    import pyarrow.compute as pc

    fields = [
        pc.fill_null(_escape(_text(batch.column(column.name), column.type), column.type), "\\N") for column in columns
    ]
    return _data(pc.binary_join_element_wise(pc.binary_join_element_wise(*fields, "\t"), "\n", ""))


def printed(array: pa.Array, column: Type) -> pa.StringArray:
    """Return values as text that Postgres reads back as the same values; NULL stays NULL."""
    return _text(array, column)


def array_literal(array: pa.Array, column: Type) -> str:
    """Return all values of `array` as one array literal, which Postgres reads as `column`'s type with []."""
    import pyarrow as pa

    whole = pa.ListArray.from_arrays(pa.array([0, len(array)], pa.int32()), array)
    return _array_text(whole, Type(f"{column.pg}[]", Logical.LIST, item=column))[0].as_py()


def _data(values: pa.Array) -> memoryview:
    import numpy as np

    buffers = values.buffers()
    if len(values) == 0 or buffers[2] is None:
        return memoryview(b"")
    ends = np.frombuffer(buffers[1], np.int32)[[values.offset, values.offset + len(values)]]
    return memoryview(buffers[2])[ends[0] : ends[1]]


def _field(array: pa.Array, column: Type, wire: Wire) -> rows.Field:
    import numpy as np
    import pyarrow as pa
    import pyarrow.compute as pc

    form = wire.form
    if form is Form.ARRAY:
        return _array(array, column, wire)
    if form is Form.NUMERIC:
        return rows.Field(values=mask(_numeric(array), array))
    if form is Form.UUID:
        return rows.Field(block=uuid_block(array), valid=validity(array))
    if form is Form.BOOL:
        return fixed(array, pc.fill_null(array.cast(pa.uint8()), 0).to_numpy(), "u1")
    if form in {Form.FLOAT4, Form.FLOAT8}:
        values = pc.fill_null(array, 0.0).to_numpy()
        values = np.where(np.isnan(values), np.array(np.nan, values.dtype), values)  # NaNs have many bit patterns
        return fixed(array, values, ">f4" if form is Form.FLOAT4 else ">f8")
    if form is Form.INTERVAL:
        months, days, microseconds = (pc.fill_null(pc.struct_field(array, [i]), 0).to_numpy() for i in range(3))
        parts = [
            fixed(array, part, kind).block for part, kind in ((microseconds, ">i8"), (days, ">i4"), (months, ">i4"))
        ]
        return rows.Field(block=np.concatenate(parts, axis=1), valid=validity(array))  # type: ignore[arg-type]
    if form is Form.BYTES:
        return rows.Field(values=storage(array).cast(pa.binary()))
    if form is Form.JSONB:
        version = pa.scalar(b"\x01", pa.binary())
        return rows.Field(values=pc.binary_join_element_wise(version, storage(array).cast(pa.binary()), b""))
    kind, shift = {
        Form.INT2: (">i2", 0),
        Form.INT4: (">i4", 0),
        Form.INT8: (">i8", 0),
        Form.TIME: (">i8", 0),
        Form.DATE: (">i4", _EPOCH_DAYS),
        Form.TIMESTAMP: (">i8", _EPOCH_MICROSECONDS),
    }[form]
    return fixed(array, _integers(array) - shift, kind)


def _integers(array: pa.Array) -> np.ndarray[Any, Any]:
    """Return integers, days or microseconds as int64, NULLs as 0."""
    import pyarrow as pa
    import pyarrow.compute as pc

    if pa.types.is_date32(array.type):
        array = array.cast(pa.int32())
    return pc.fill_null(array.cast(pa.int64()), 0).to_numpy()


def _numeric(array: pa.Array) -> pa.BinaryArray:
    """Return decimals as numeric_send does: number of digits, weight, sign, scale, then digits without outer zeros."""
    import numpy as np
    import pyarrow.compute as pc

    scale, count = array.type.scale, len(array)
    whole = -(-(array.type.precision - scale) // _BASE_DIGITS)
    fraction = -(-scale // _BASE_DIGITS)
    groups = whole + fraction
    unscaled = _unscaled(array)
    negative = pc.starts_with(unscaled, "-").to_numpy(zero_copy_only=False)
    padded = pc.utf8_lpad(pc.utf8_ltrim(unscaled, "-"), whole * _BASE_DIGITS + scale, "0")
    padded = pc.utf8_rpad(padded, groups * _BASE_DIGITS, "0")
    figures = np.frombuffer(_data(padded), np.uint8).reshape(count, groups, _BASE_DIGITS) - ord("0")
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
    return _kept(block, np.repeat(keep, 2, axis=1))


def _unscaled(array: pa.Array) -> pa.StringArray:
    """Return the integers beneath decimals as text; NULL as 0."""
    import pyarrow as pa
    import pyarrow.compute as pc

    plain = pa.Array.from_buffers(pa.decimal128(38, 0), len(array), array.buffers(), offset=array.offset)
    return pc.fill_null(plain.cast(pa.string()), "0")


def _array(array: pa.Array, column: Type, wire: Wire) -> rows.Field:
    """Return lists as array_send does: dimensions, has NULLs, element type; then size, lower bound, elements."""
    import numpy as np
    import pyarrow as pa
    import pyarrow.compute as pc

    assert column.item is not None
    assert wire.item is not None
    count, flat = len(array), array.flatten()
    lengths = pc.fill_null(pc.list_value_length(array), 0).to_numpy(zero_copy_only=False).astype(np.int64)
    starts = np.concatenate([[0], np.cumsum(lengths)])
    nulls = np.concatenate([[0], np.cumsum(flat.is_null().to_numpy(zero_copy_only=False))])
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
    """Return each row of `block` as one value of those of its bytes that `keep` marks."""
    import numpy as np

    return rows.from_offsets(np.concatenate([[0], np.cumsum(keep.sum(axis=1))]), block[keep])


def _text(array: pa.Array, column: Type) -> pa.StringArray:
    """Return values as text that Postgres reads back as the same values; NULL stays NULL."""
    import pyarrow as pa
    import pyarrow.compute as pc

    logical = column.logical
    if logical is Logical.BOOL:
        return pc.if_else(array, "t", "f")
    if logical is Logical.DECIMAL:
        return decimal_text(array)
    if logical is Logical.BYTES:
        return _hex(array)
    if logical is Logical.UUID:
        return mask(_uuid_text(array), array)
    if logical is Logical.DATE:
        return mask(_with_era(*_date_text(_integers(array))), array)
    if logical is Logical.TIME:
        return mask(_clock(_integers(array)), array)
    if logical in {Logical.TIMESTAMP, Logical.TIMESTAMPTZ}:
        microseconds = _integers(array)
        date, bc = _date_text(microseconds // _DAY)
        zone = "+00" if logical is Logical.TIMESTAMPTZ else ""
        clock = pc.binary_join_element_wise(_clock(microseconds % _DAY), zone, "")
        return mask(_with_era(pc.binary_join_element_wise(date, clock, " "), bc), array)
    if logical is Logical.INTERVAL:
        parts = [pc.struct_field(array, [i]).cast(pa.string()) for i in range(3)]
        months, days, microseconds = parts
        joined = pc.binary_join_element_wise(months, "mons", days, "days", microseconds, "microseconds", " ")
        return mask(joined, array)
    if logical is Logical.LIST:
        return _array_text(array, column)
    return storage(array).cast(pa.string())


def _array_text(array: pa.Array, column: Type) -> pa.StringArray:
    import pyarrow as pa
    import pyarrow.compute as pc

    assert column.item is not None
    flat = _text(array.flatten(), column.item)
    quoted = pc.replace_substring(pc.replace_substring(flat, "\\", "\\\\"), '"', '\\"')
    quoted = pc.fill_null(pc.binary_join_element_wise('"', quoted, '"', ""), "NULL")
    lengths = pc.fill_null(pc.list_value_length(array), 0).to_numpy(zero_copy_only=False)
    lists = pa.ListArray.from_arrays(_starts(lengths), quoted)
    return mask(pc.binary_join_element_wise("{", pc.binary_join(lists, ","), "}", ""), array)


def _starts(lengths: np.ndarray[Any, Any]) -> pa.Array:
    import numpy as np
    import pyarrow as pa

    return pa.array(np.concatenate([[0], np.cumsum(lengths)]).astype(np.int32))


_NEVER_ESCAPED = frozenset(
    {
        *(Logical.BOOL, Logical.INT16, Logical.INT32, Logical.INT64, Logical.FLOAT32, Logical.FLOAT64),
        *(Logical.DECIMAL, Logical.UUID, Logical.DATE, Logical.TIME, Logical.TIMESTAMP, Logical.TIMESTAMPTZ),
        Logical.INTERVAL,
    }
)


def _escape(values: pa.StringArray, column: Type) -> pa.StringArray:
    import pyarrow.compute as pc

    if column.logical in _NEVER_ESCAPED:
        return values
    for plain, escaped in (("\\", "\\\\"), ("\t", "\\t"), ("\n", "\\n"), ("\r", "\\r")):
        values = pc.replace_substring(values, plain, escaped)
    return values


def _hex_digits(data: np.ndarray[Any, Any]) -> np.ndarray[Any, Any]:
    """Return uint8 of shape (..., n) as the ASCII of hexadecimal, of shape (..., 2n)."""
    import numpy as np

    letters = np.frombuffer(b"0123456789abcdef", np.uint8)
    return letters[np.stack([data >> 4, data & 15], axis=-1)].reshape(*data.shape[:-1], 2 * data.shape[-1])


def _hex(array: pa.Array) -> pa.StringArray:
    import numpy as np
    import pyarrow as pa
    import pyarrow.compute as pc

    lengths = pc.fill_null(pc.binary_length(array), 0).to_numpy(zero_copy_only=False).astype(np.int64)
    digits = _hex_digits(np.frombuffer(_data(pc.fill_null(array, b"")), np.uint8))
    values = rows.from_offsets(np.concatenate([[0], np.cumsum(2 * lengths)]), digits).cast(pa.string())
    return mask(pc.binary_join_element_wise("\\x", values, ""), array)


def _uuid_text(array: pa.Array) -> pa.StringArray:
    import numpy as np
    import pyarrow as pa

    digits = np.insert(_hex_digits(uuid_block(array)), (8, 12, 16, 20), ord("-"), axis=1)
    return rows.from_block(digits).cast(pa.string())


def _date_text(days: np.ndarray[Any, Any]) -> tuple[pa.StringArray, pa.Array]:
    """Return days since 1970 as YYYY-MM-DD, years of any length, and whether each lies before year 1."""
    import numpy as np
    import pyarrow as pa
    import pyarrow.compute as pc

    moment = days.astype("M8[D]")
    month = moment.astype("M8[M]")
    year = month.astype("M8[Y]").astype(np.int64) + 1970
    bc = year < 1
    parts = (
        (np.where(bc, 1 - year, year), 4),
        (month.astype(np.int64) % 12 + 1, 2),
        ((moment - month.astype("M8[D]")).astype(np.int64) + 1, 2),
    )
    return pc.binary_join_element_wise(*(_padded(part, width) for part, width in parts), "-"), pa.array(bc)


def _with_era(values: pa.StringArray, bc: pa.Array) -> pa.StringArray:
    import pyarrow.compute as pc

    return pc.binary_join_element_wise(values, pc.if_else(bc, " BC", ""), "")


def _clock(microseconds: np.ndarray[Any, Any]) -> pa.StringArray:
    """Return microseconds of a day as HH:MM:SS.ffffff; 24:00:00 is one."""
    import pyarrow.compute as pc

    seconds = microseconds // 1_000_000
    clock = pc.binary_join_element_wise(
        _padded(seconds // 3600, 2), _padded(seconds // 60 % 60, 2), _padded(seconds % 60, 2), ":"
    )
    return pc.binary_join_element_wise(clock, _padded(microseconds % 1_000_000, 6), ".")


def _padded(numbers: np.ndarray[Any, Any], width: int) -> pa.StringArray:
    import pyarrow as pa
    import pyarrow.compute as pc

    return pc.utf8_lpad(pa.array(numbers).cast(pa.string()), width, "0")
