"""Make Arrow arrays from the values of makers: integers become values of their column's type."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from snap.types import Logical, Type, is_padded
from snap.types.arrow import arrow_type, storage
from snap_builder.declare.maker import NULL, Values
from snap_builder.engine import columns
from snap_builder.engine.calendar import DAY, SECOND
from snap_builder.engine.streams import Ints

_LONG_DECIMAL = re.compile(r"numeric\(\d+,(\d+)\)")
FLOAT_SCALE = 4  # decimal places of a number in a column of floats
_INTEGERS = (Logical.INT16, Logical.INT32, Logical.INT64)
_SCALED = (Logical.FLOAT32, Logical.FLOAT64, Logical.DECIMAL)


def scale_of(kind: Type) -> int:
    """Return how many decimal places a maker's integers have in a column of this type."""
    return FLOAT_SCALE if kind.logical in (Logical.FLOAT32, Logical.FLOAT64) else kind.scale or 0


def array_of(values: Values, kind: Type, choices: tuple[object, ...] | None) -> pa.Array:
    """Return a column of type `kind` from the values of a maker.

    Integers become the values that they stand for: members of `choices`, if given, or numbers and moments.
    """
    if isinstance(values, pa.Array):
        return typed(values, kind)
    empty = values == NULL
    if choices is not None:
        return typed(pa.array(choices).take(pa.array(np.where(empty, 0, values), mask=empty)), kind)
    return _NUMBERS[kind.logical](np.where(empty, 0, values), empty, kind)


def integers_of(values: pa.Array, kind: Type, choices: tuple[object, ...] | None) -> Ints:
    """Return the integers that a maker would give for these values of a column: the inverse of `array_of`.

    A value that no integer stands for becomes NULL.
    """
    if choices is not None:
        return places_in(values, pa.array(choices))
    try:
        if kind.logical in _SCALED:
            numbers = pc.round(pc.multiply(storage(values).cast(pa.float64()), float(10 ** scale_of(kind))))
            values = pc.if_else(pc.is_finite(numbers), numbers, pa.scalar(None, pa.float64()))
        else:
            values = values.cast(arrow_type(kind))
            values = _days(values) if kind.logical is Logical.DATE else values
        whole = pc.fill_null(values.cast(pa.int64()), NULL)
    except (pa.ArrowInvalid, pa.ArrowNotImplementedError):  # such as texts, which no word reads as integers
        return np.full(len(values), NULL)
    return np.asarray(whole)


def _days(values: pa.Array) -> pa.Array:
    return pc.multiply(values.cast(pa.int32()).cast(pa.int64()), DAY)


def places_in(values: pa.Array, among: pa.Array) -> Ints:
    """Return the position of each value in `among`, with NULL for a value that is not there."""
    known = storage(among)
    try:
        places = pc.index_in(storage(values).cast(known.type), value_set=known, skip_nulls=True)
    except (pa.ArrowInvalid, pa.ArrowNotImplementedError):
        return np.full(len(values), NULL)
    return np.asarray(pc.fill_null(places.cast(pa.int64()), NULL))


def taken(values: pa.Array, rows: Ints) -> pa.Array:
    """Return the values of these rows, with NULL if there is no row."""
    return values.take(pa.array(np.where(rows == NULL, 0, rows), mask=rows == NULL))


def typed(values: pa.Array, kind: Type) -> pa.Array:
    """Return values as a column of type `kind` stores them. A domain stores its values as text."""
    wanted = arrow_type(kind)
    if is_padded(kind) and kind.length is not None:
        return pc.utf8_rpad(values.cast(wanted), kind.length)
    if values.type == wanted:
        return values
    if isinstance(wanted, pa.BaseExtensionType):
        return pa.ExtensionArray.from_storage(wanted, values.cast(wanted.storage_type))
    return _printed(values, kind.pg) if wanted == pa.string() else values.cast(wanted)


def _printed(values: pa.Array, pg: str) -> pa.StringArray:
    """Return values as Postgres prints them, for domains and for types with a precision.

    Moments are cut to whole seconds.
    """
    if isinstance(values.type, pa.BaseExtensionType):
        return pc.ascii_lower(pa.array([None if v is None else str(v) for v in values.to_pylist()], pa.string()))
    if pa.types.is_timestamp(values.type):
        zone = "" if values.type.tz is None else "+00"
        seconds = pc.floor_temporal(values, unit="second").cast(pa.timestamp("s"))
        return pc.binary_join_element_wise(seconds.cast(pa.string()), zone, "")
    if pa.types.is_time(values.type):
        return pc.floor_temporal(values, unit="second").cast(pa.time32("s")).cast(pa.string())
    if pa.types.is_struct(values.type):
        return _intervals(values)
    scale = _LONG_DECIMAL.fullmatch(pg)
    if scale is not None and pa.types.is_decimal(values.type):
        return pc.binary_join_element_wise(values.cast(pa.string()), "0" * (int(scale[1]) - values.type.scale), "")
    return values.cast(pa.string())


def _intervals(values: pa.StructArray) -> pa.StringArray:
    """Return intervals of days and whole seconds as Postgres prints them, such as `2 days 03:00:00`."""
    days, seconds = pc.struct_field(values, "days"), pc.divide(pc.struct_field(values, "microseconds"), SECOND)
    unit = pc.if_else(pc.equal(days, 1), " day", " days")
    in_days = pc.if_else(pc.equal(days, 0), "", columns.concat(days.cast(pa.string()), unit))
    minutes = pc.divide(seconds, 60)
    hours = pc.divide(minutes, 60)
    parts = (hours, _less(minutes, hours), _less(seconds, minutes))
    clock = pc.binary_join_element_wise(*(pc.utf8_lpad(part.cast(pa.string()), 2, "0") for part in parts), ":")
    both = pc.and_(pc.not_equal(days, 0), pc.not_equal(seconds, 0))
    clock = pc.if_else(pc.or_(pc.equal(days, 0), pc.not_equal(seconds, 0)), clock, "")
    return columns.concat(in_days, pc.if_else(both, " ", ""), clock)


def _less(small: pa.Array, large: pa.Array) -> pa.Array:
    """Return the small units that remain after `large` units of 60 small ones are subtracted."""
    return pc.subtract(small, pc.multiply(large, 60))


def _integers(values: Ints, empty: columns.Mask, kind: Type) -> pa.Array:
    return pa.array(values, mask=empty).cast(arrow_type(kind))


def _floats(values: Ints, empty: columns.Mask, kind: Type) -> pa.Array:
    return pa.array(values / 10**FLOAT_SCALE, mask=empty).cast(arrow_type(kind))


def _moments(values: Ints, empty: columns.Mask, kind: Type) -> pa.Array:
    return pa.array(values, pa.timestamp("us"), mask=empty).cast(arrow_type(kind))


def _dates(values: Ints, empty: columns.Mask, kind: Type) -> pa.Array:
    return pa.array((values // DAY).astype(np.int32), mask=empty).cast(arrow_type(kind))


def _decimals(values: Ints, empty: columns.Mask, kind: Type) -> pa.Array:
    words = np.stack([values, values >> 63], axis=1)  # 128 bits, low word first
    whole = pa.Array.from_buffers(arrow_type(kind), len(values), [None, pa.py_buffer(np.ascontiguousarray(words))])
    return columns.only(whole, ~empty) if empty.any() else whole


def _booleans(values: Ints, empty: columns.Mask, _: Type) -> pa.Array:
    return pa.array(values != 0, mask=empty)


def _texts(values: Ints, empty: columns.Mask, _: Type) -> pa.Array:
    return pa.array(values, mask=empty).cast(pa.string())


_NUMBERS: Mapping[Logical, Callable[[Ints, columns.Mask, Type], pa.Array]] = {
    **dict.fromkeys(_INTEGERS, _integers),
    Logical.FLOAT32: _floats,
    Logical.FLOAT64: _floats,
    Logical.DECIMAL: _decimals,
    Logical.TIMESTAMP: _moments,
    Logical.TIMESTAMPTZ: _moments,
    Logical.DATE: _dates,
    Logical.BOOL: _booleans,
    Logical.STRING: _texts,
    Logical.TEXT: _texts,
}


def text_of(array: pa.Array) -> pa.StringArray:
    """Return an array's values as texts."""
    return array.cast(pa.string())
