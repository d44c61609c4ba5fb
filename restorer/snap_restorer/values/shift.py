"""`--as-of`: every date and timestamp of a snapshot, later by as many whole days as lie between two dates.

Dates, timestamps and lists of them move as numbers. Those that a snapshot holds as text (timestamp(3), a column with an
infinite date) move too, and what is infinite stays so. Ranges of them and arrays kept as text do not: a table that
holds any is refused by name. Dates within json and other texts are texts and stay.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from snap import parquet
from snap.errors import UsageError
from snap.manifest import TableData
from snap.schema import Column, Table
from snap.store import Snapshot
from snap.types import Logical, Type

if TYPE_CHECKING:
    import pyarrow as pa

_DAY = 86_400_000_000
_FIRST = -2_440_588  # days since 1970 of 4714-11-24 BC, the first day of dates and timestamps in Postgres
_END = {Logical.DATE: 2_145_042_906, Logical.TIMESTAMP: 106_751_991, Logical.TIMESTAMPTZ: 106_751_991}
# of 5874898-01-01 for dates; for timestamps of 294247-01-10, where microseconds since 1970 end their 64 bits
_TEXT_FIRST, _TEXT_END = -719_162, 2_932_897  # years 1 to 9999: what Arrow reads and prints
_DATED_TEXT = re.compile(r"(date)|timestamp(?:\(\d\))? with(?:(out))? time zone")
_FIXED_TEXT = re.compile(
    r"(?:date|ts|tstz)(?:multi)?range(?:\[\])?|(?:date|timestamp(?:\(\d\))? with(?:out)? time zone)\[\]"
)
_STILL = ("", "{}", "empty")  # arrays and ranges that hold no date
_INFINITE = ("infinity", "-infinity")


def require_shiftable(snapshot: Snapshot, days: int) -> None:
    """Look whether every date and timestamp can move by `days`, in the files' statistics where they tell.

    Errors: UsageError that names every column that cannot.
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
            f"--as-of would move dates by {days} days, and some cannot:\n" + "\n".join(f"- {each}" for each in wrong),
            "give a date nearer to the snapshot's own, or restore it without --as-of; nothing was changed",
        )


def shifted(batch: pa.RecordBatch, table: Table, days: int) -> pa.RecordBatch:
    """Return `batch`, of stored columns of `table`, with its dates and timestamps moved by `days`; NULLs stay.

    Errors: UsageError for a value that Postgres could not hold then.
    """
    import pyarrow as pa

    if days == 0:
        return batch
    arrays = []
    for name, array in zip(batch.schema.names, batch.columns, strict=True):
        try:
            arrays.append(_moved(array, table.column(name).type, days))
        except (_OutOfRange, pa.ArrowInvalid) as error:
            raise UsageError(
                f"column {table.label}.{name} {error}", "restore the snapshot without --as-of; nothing was changed"
            ) from None
    return pa.RecordBatch.from_arrays(arrays, schema=batch.schema)


class _OutOfRange(Exception):  # noqa: N818 - becomes a UsageError with the column's name
    pass


def _moved(array: pa.Array, type_: Type, days: int) -> pa.Array:
    import numpy as np
    import pyarrow as pa
    import pyarrow.compute as pc

    logical = type_.logical
    if logical in _END:
        return _added(array, days, _FIRST, _END[logical])
    if logical is Logical.TEXT:
        return _moved_text(array, type_.pg, days)
    if logical is not Logical.LIST or type_.item is None or type_.item.logical not in _END:
        return array
    lengths = pc.fill_null(pc.list_value_length(array), 0).to_numpy(zero_copy_only=False)
    offsets = pa.array(np.concatenate([[0], np.cumsum(lengths)]).astype(np.int32))
    items = _moved(array.flatten(), type_.item, days)
    return pa.ListArray.from_arrays(offsets, items, type=array.type, mask=array.is_null())


def _added(array: pa.Array, days: int, first: int, end: int) -> pa.Array:
    """Add `days`; what comes out lies from day `first` to before day `end`."""
    import pyarrow as pa
    import pyarrow.compute as pc

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
    """Move dates that are kept as Postgres text, so that Postgres reads them back."""
    import pyarrow as pa
    import pyarrow.compute as pc

    match = _DATED_TEXT.fullmatch(pg)
    if match is None:
        if _FIXED_TEXT.fullmatch(pg) and not pc.all(pc.is_in(array.drop_null(), pa.array(_STILL)), min_count=0).as_py():
            raise _OutOfRange(f"holds {pg} as text, which --as-of cannot move")
        return array
    infinite = pc.is_in(array, pa.array(_INFINITE))
    kind = pa.date32() if match[1] else pa.timestamp("us", None if match[2] else "UTC")
    try:
        values = pc.if_else(infinite, pa.scalar(None, pa.string()), array).cast(kind)
    except pa.ArrowInvalid:
        raise _OutOfRange(f"holds {pg} before year 1 or after 9999 as text, which --as-of cannot move") from None
    return pc.if_else(infinite, array, _added(values, days, _TEXT_FIRST, _TEXT_END).cast(pa.string()))


def _trouble(snapshot: Snapshot, data: TableData, column: Column, days: int) -> str | None:
    logical = (column.type.item or column.type).logical
    dated = _DATED_TEXT.fullmatch(column.type.pg) or _FIXED_TEXT.fullmatch(column.type.pg)
    if logical not in _END and not (logical is Logical.TEXT and dated):
        return None
    unit = 1 if logical is Logical.DATE else _DAY
    try:
        for file in data.files:
            path = snapshot.path(file)
            known = list(_statistics(path, column.name)) if logical in _END else [None]
            for bounds in known:
                if bounds is not None:
                    _check(*bounds, unit, days, _FIRST, _END[logical])
            if None in known:
                for batch in parquet.read(path, data.table, (column.name,)):
                    _moved(batch.column(0), column.type, days)
    except _OutOfRange as error:
        return f"column {data.table.label}.{column.name} {error}"
    return None


def _statistics(path: Any, name: str) -> Iterator[tuple[int, int] | None]:
    """Return each row group's least and greatest value of a column, as days or microseconds; None where it has none."""
    import pyarrow.parquet as pq

    metadata = pq.read_metadata(path)
    for i in range(metadata.num_row_groups):
        group = metadata.row_group(i)
        for j in range(group.num_columns):
            column = group.column(j)
            if column.path_in_schema in {name, f"{name}.list.element"}:
                found = column.statistics
                yield (found.min_raw, found.max_raw) if found is not None and found.has_min_max else None
