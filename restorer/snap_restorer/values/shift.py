"""`--as-of`: move every date and timestamp of a snapshot by the whole days between two dates.

Dates, timestamps and lists of them move as numbers. Dates and timestamps that a snapshot holds as text (timestamp(3), a
column with an infinite date) move too, except infinite values. Ranges of them and arrays kept as text do not move, so a
table that holds any is refused by name. Dates within json and other texts are texts and stay.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from snap import parquet
from snap.errors import UsageError
from snap.manifest import TableData
from snap.schema import Column, Table
from snap.store import Snapshot
from snap.types import Logical, Type
from snap.types.arrow import with_items
from snap.types.parquet import leaves

_DAY = 86_400_000_000
_FIRST = -2_440_588  # days since 1970 of 4714-11-24 BC, the first day of dates and timestamps in Postgres
_TEXT_FIRST, _TEXT_END = -719_162, 2_932_897  # years 1 to 9999: what Arrow reads and prints
_DATED_TEXT = re.compile(r"(date)|timestamp(?:\(\d\))? with(?:(out))? time zone")
_FIXED_TEXT = re.compile(
    r"(?:date|ts|tstz)(?:multi)?range(?:\[\])?|(?:date|timestamp(?:\(\d\))? with(?:out)? time zone)\[\]"
)
_STILL = ("", "{}", "empty")  # arrays and ranges that hold no date
_INFINITE = ("infinity", "-infinity")


def require_shiftable(snapshot: Snapshot, days: int) -> None:
    """Raise UsageError, with the names of the columns, if any date or timestamp cannot move by `days`.

    The files' statistics decide if they suffice; otherwise the values are read.
    """
    if days == 0:
        return
    wrong = [
        error
        for data in snapshot.manifest.tables
        for column in data.table.stored
        if (error := _trouble(snapshot, data, column, days)) is not None
    ]
    if wrong:
        raise UsageError(
            f"dates would move by {days} days, but these columns do not allow it:\n"
            + "\n".join(f"- {each}" for each in wrong),
            "choose a date nearer to the snapshot's own date",
            option="as_of",
            unchanged=True,
        )


def shifted(batch: pa.RecordBatch, table: Table, days: int) -> pa.RecordBatch:
    """Return `batch`, with stored columns of `table`, with its dates and timestamps moved by `days`. NULLs stay.

    Errors: UsageError for a value that Postgres could not hold after the move.
    """
    if days == 0:
        return batch
    arrays = []
    for name, array in zip(batch.schema.names, batch.columns, strict=True):
        try:
            arrays.append(_moved(array, table.column(name).type, days))
        except (_OutOfRange, pa.ArrowInvalid) as error:
            raise UsageError(
                f"column {table.label}.{name} {error}", "choose another date", unchanged=True, option="as_of"
            ) from None
    return pa.RecordBatch.from_arrays(arrays, schema=batch.schema)


class _OutOfRange(Exception):  # noqa: N818 - becomes a UsageError with the column's name
    pass


def _moved(array: pa.Array, type_: Type, days: int) -> pa.Array:
    if type_.facts.end_day is not None:
        return _added(array, days, _FIRST, type_.facts.end_day)
    if type_.logical is Logical.TEXT:
        return _moved_text(array, type_.pg, days)
    if type_.scalar.facts.end_day is None:
        return array
    return with_items(array, _moved(array.flatten(), type_.scalar, days))


def _added(array: pa.Array, days: int, first: int, end: int) -> pa.Array:
    """Return dates or timestamps moved by `days`. Errors: _OutOfRange for a day before `first`, or from `end` on."""
    unit, number = (1, pa.int32()) if pa.types.is_date32(array.type) else (_DAY, pa.int64())
    values = array.cast(number)
    bounds = pc.min_max(values)
    _check(bounds["min"].as_py(), bounds["max"].as_py(), unit, days, first, end)
    return pc.add_checked(values, pa.scalar(days * unit, number)).cast(array.type) if len(values) else array


def _check(least: int | None, greatest: int | None, unit: int, days: int, first: int, end: int) -> None:
    if least is None or greatest is None:
        return
    if least + days * unit < first * unit or greatest + days * unit >= end * unit:
        raise _OutOfRange("holds values that would leave the range of its type")


def _moved_text(array: pa.Array, pg: str, days: int) -> pa.Array:
    """Return moved dates that are stored as Postgres text, in a form that Postgres reads."""
    match = _DATED_TEXT.fullmatch(pg)
    if match is None:
        if _FIXED_TEXT.fullmatch(pg) and not pc.all(pc.is_in(array.drop_null(), pa.array(_STILL)), min_count=0).as_py():
            raise _OutOfRange(f"holds {pg} as text, which cannot move")
        return array
    infinite = pc.is_in(array, pa.array(_INFINITE))
    kind = pa.date32() if match[1] else pa.timestamp("us", None if match[2] else "UTC")
    try:
        values = pc.if_else(infinite, pa.scalar(None, pa.string()), array).cast(kind)
    except pa.ArrowInvalid:
        raise _OutOfRange(f"holds {pg} before year 1 or after 9999 as text, which cannot move") from None
    return pc.if_else(infinite, array, _added(values, days, _TEXT_FIRST, _TEXT_END).cast(pa.string()))


def _trouble(snapshot: Snapshot, data: TableData, column: Column, days: int) -> str | None:
    scalar = column.type.scalar
    end = scalar.facts.end_day
    dated = _DATED_TEXT.fullmatch(column.type.pg) or _FIXED_TEXT.fullmatch(column.type.pg)
    if end is None and not (scalar.logical is Logical.TEXT and dated):
        return None
    unit = 1 if scalar.logical is Logical.DATE else _DAY
    try:
        for file in data.files:
            path = snapshot.path(file)
            known = list(_statistics(path, column)) if end is not None else [None]
            for bounds in known:
                if bounds is not None and end is not None:
                    _check(*bounds, unit, days, _FIRST, end)
            if None in known:
                for batch in parquet.read(path, data.table, (column.name,)):
                    _moved(batch.column(0), column.type, days)
    except _OutOfRange as error:
        return f"column {data.table.label}.{column.name} {error}"
    return None


def _statistics(path: Path, column: Column) -> Iterator[tuple[int, int] | None]:
    """Return the minimum and maximum of a column in each row group, as days or microseconds, None if there is none."""
    metadata, paths = pq.read_metadata(path), leaves(column.name, column.type.logical)
    for i in range(metadata.num_row_groups):
        group = metadata.row_group(i)
        for j in range(group.num_columns):
            chunk = group.column(j)
            if chunk.path_in_schema in paths:
                bounds = chunk.statistics
                yield (bounds.min_raw, bounds.max_raw) if bounds is not None and bounds.has_min_max else None
