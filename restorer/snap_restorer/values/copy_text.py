"""Encode record batches as COPY text: tabs between columns, a line feed after each row, NULL as \\N.

Pure, and no Python per row.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from snap import rows
from snap.types import Logical, Type
from snap.types.arrow import integers, list_lengths, mask, storage, uuid_block
from snap.types.canonical import decimal_text
from snap_restorer.values.fit import ColumnPlan

_DAY = 86_400_000_000


def encode(batch: pa.RecordBatch, columns: Sequence[ColumnPlan]) -> memoryview:
    """Return the rows of `batch` for COPY in text format."""
    fields = [pc.fill_null(_escaped(batch.column(column.name), column.type), "\\N") for column in columns]
    return rows.data(pc.binary_join_element_wise(pc.binary_join_element_wise(*fields, "\t"), "\n", ""))


def printed(array: pa.Array, column: Type) -> pa.StringArray:
    """Return values as text that Postgres reads back as the same values. NULL stays NULL."""
    return PRINTERS[column.logical].print(array, column)


def array_literal(array: pa.Array, column: Type) -> str:
    """Return all values of `array` as one array literal, which Postgres reads as `column`'s type with []."""
    whole = pa.ListArray.from_arrays(pa.array([0, len(array)], pa.int32()), array)
    return _list(whole, Type(f"{column.pg}[]", Logical.LIST, item=column))[0].as_py()


def _escaped(array: pa.Array, column: Type) -> pa.StringArray:
    values = printed(array, column)
    if PRINTERS[column.logical].escape:
        for plain, escaped in (("\\", "\\\\"), ("\t", "\\t"), ("\n", "\\n"), ("\r", "\\r")):
            values = pc.replace_substring(values, plain, escaped)
    return values


def _plain(array: pa.Array, _: Type) -> pa.StringArray:
    return storage(array).cast(pa.string())


def _bytes(array: pa.Array, _: Type) -> pa.StringArray:
    lengths = pc.fill_null(pc.binary_length(array), 0).to_numpy(zero_copy_only=False).astype(np.int64)
    digits = _hex_digits(np.frombuffer(rows.data(pc.fill_null(array, b"")), np.uint8))
    values = rows.from_offsets(rows.starts(2 * lengths), digits).cast(pa.string())
    return mask(pc.binary_join_element_wise("\\x", values, ""), array)


def _uuid(array: pa.Array, _: Type) -> pa.StringArray:
    digits = np.insert(_hex_digits(uuid_block(array)), (8, 12, 16, 20), ord("-"), axis=1)
    return mask(rows.from_block(digits).cast(pa.string()), array)


def _hex_digits(data: np.ndarray[Any, Any]) -> np.ndarray[Any, Any]:
    """Return uint8 of shape (..., n) as the ASCII of hexadecimal, of shape (..., 2n)."""
    letters = np.frombuffer(b"0123456789abcdef", np.uint8)
    return letters[np.stack([data >> 4, data & 15], axis=-1)].reshape(*data.shape[:-1], 2 * data.shape[-1])


def _date(array: pa.Array, _: Type) -> pa.StringArray:
    return mask(_with_era(*_day(integers(array))), array)


def _time(array: pa.Array, _: Type) -> pa.StringArray:
    return mask(_clock(integers(array)), array)


def _moment(array: pa.Array, column: Type) -> pa.StringArray:
    microseconds = integers(array)
    date, bc = _day(microseconds // _DAY)
    zone = "+00" if column.logical is Logical.TIMESTAMPTZ else ""
    clock = pc.binary_join_element_wise(_clock(microseconds % _DAY), zone, "")
    return mask(_with_era(pc.binary_join_element_wise(date, clock, " "), bc), array)


def _interval(array: pa.Array, _: Type) -> pa.StringArray:
    months, days, microseconds = (pc.struct_field(array, [i]).cast(pa.string()) for i in range(3))
    joined = pc.binary_join_element_wise(months, "mons", days, "days", microseconds, "microseconds", " ")
    return mask(joined, array)


def _list(array: pa.Array, column: Type) -> pa.StringArray:
    assert column.item is not None
    flat = printed(array.flatten(), column.item)
    quoted = pc.replace_substring(pc.replace_substring(flat, "\\", "\\\\"), '"', '\\"')
    quoted = pc.fill_null(pc.binary_join_element_wise('"', quoted, '"', ""), "NULL")
    lists = pa.ListArray.from_arrays(pa.array(rows.starts(list_lengths(array)), pa.int32()), quoted)
    return mask(pc.binary_join_element_wise("{", pc.binary_join(lists, ","), "}", ""), array)


def _day(days: np.ndarray[Any, Any]) -> tuple[pa.StringArray, pa.Array]:
    """Return days since 1970 as YYYY-MM-DD, with years of any length, and whether each day is before year 1."""
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
    return pc.binary_join_element_wise(values, pc.if_else(bc, " BC", ""), "")


def _clock(microseconds: np.ndarray[Any, Any]) -> pa.StringArray:
    """Return microseconds of a day as HH:MM:SS.ffffff, including 24:00:00."""
    seconds = microseconds // 1_000_000
    clock = pc.binary_join_element_wise(
        _padded(seconds // 3600, 2), _padded(seconds // 60 % 60, 2), _padded(seconds % 60, 2), ":"
    )
    return pc.binary_join_element_wise(clock, _padded(microseconds % 1_000_000, 6), ".")


def _padded(numbers: np.ndarray[Any, Any], width: int) -> pa.StringArray:
    return pc.utf8_lpad(pa.array(numbers).cast(pa.string()), width, "0")


@dataclass(frozen=True, slots=True, kw_only=True)
class Printer:
    """The way one logical type is printed. `escape`: the text may hold characters that COPY treats specially."""

    print: Callable[[pa.Array, Type], pa.StringArray]
    escape: bool


_NUMBER = Printer(print=_plain, escape=False)
_TEXT = Printer(print=_plain, escape=True)
_MOMENT = Printer(print=_moment, escape=False)

PRINTERS: Mapping[Logical, Printer] = {
    Logical.BOOL: Printer(print=lambda array, _: pc.if_else(array, "t", "f"), escape=False),
    Logical.INT16: _NUMBER,
    Logical.INT32: _NUMBER,
    Logical.INT64: _NUMBER,
    Logical.FLOAT32: _NUMBER,
    Logical.FLOAT64: _NUMBER,
    Logical.DECIMAL: Printer(print=lambda array, _: decimal_text(array), escape=False),
    Logical.STRING: _TEXT,
    Logical.BYTES: Printer(print=_bytes, escape=True),
    Logical.UUID: Printer(print=_uuid, escape=False),
    Logical.JSONB: _TEXT,
    Logical.JSON: _TEXT,
    Logical.DATE: Printer(print=_date, escape=False),
    Logical.TIME: Printer(print=_time, escape=False),
    Logical.TIMESTAMP: _MOMENT,
    Logical.TIMESTAMPTZ: _MOMENT,
    Logical.INTERVAL: Printer(print=_interval, escape=False),
    Logical.ENUM: _TEXT,
    Logical.LIST: Printer(print=_list, escape=True),
    Logical.TEXT: _TEXT,
}
