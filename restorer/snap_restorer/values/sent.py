"""Decode values that Postgres' send functions wrote into Arrow arrays of the types that ADBC gives. Pure.

Numbers take one conversion for each column, texts and bytes one copy. Of arrays each value is decoded separately. A
type that is not known here is returned as the bytes that were sent, as by ADBC.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa
from psycopg.postgres import types

Values = Sequence[bytes | None]

_DAYS = 10_957  # from 1970-01-01 to 2000-01-01, Postgres' epoch
_MICROSECONDS = _DAYS * 86_400_000_000
_TEXTS = frozenset({"text", "varchar", "bpchar", "name", '"char"', "json", "unknown"})


@dataclass(frozen=True, slots=True, kw_only=True)
class _Number:
    """A number of fixed size. `sent` is its dtype as sent, `kept` is the dtype of the Arrow type.

    `since` is added to each number.
    """

    sent: str
    kept: str
    arrow: pa.DataType
    since: int = 0


_NUMBERS: Mapping[str, _Number] = {
    "bool": _Number(sent="?", kept="?", arrow=pa.bool_()),
    "int2": _Number(sent=">i2", kept="<i2", arrow=pa.int16()),
    "int4": _Number(sent=">i4", kept="<i4", arrow=pa.int32()),
    "int8": _Number(sent=">i8", kept="<i8", arrow=pa.int64()),
    "oid": _Number(sent=">u4", kept="<i8", arrow=pa.int64()),
    "float4": _Number(sent=">f4", kept="<f4", arrow=pa.float32()),
    "float8": _Number(sent=">f8", kept="<f8", arrow=pa.float64()),
    "date": _Number(sent=">i4", kept="<i4", arrow=pa.date32(), since=_DAYS),
    "time": _Number(sent=">i8", kept="<i8", arrow=pa.time64("us")),
    "timestamp": _Number(sent=">i8", kept="<i8", arrow=pa.timestamp("us"), since=_MICROSECONDS),
    "timestamptz": _Number(sent=">i8", kept="<i8", arrow=pa.timestamp("us", "UTC"), since=_MICROSECONDS),
}


def received(values: Values, oid: int) -> pa.Array:
    """Return the values of the type with this OID as an Arrow array."""
    info = types.get(oid)
    if info is not None and info.array_oid == oid:
        return _lists(values, info.oid)
    name = info.name if info is not None else ""
    if name in _NUMBERS:
        return _numbers(values, _NUMBERS[name])
    if name in {"int2vector", "oidvector"}:
        return _lists(values, types[name.removesuffix("vector")].oid)
    if name == "jsonb":  # a version byte, then the text
        return pa.array([None if value is None else value[1:] for value in values], pa.binary()).cast(pa.string())
    if name == "uuid":
        return pa.array(values, pa.binary(16))
    sent = pa.array(values, pa.binary())
    return sent.cast(pa.string()) if name in _TEXTS else sent


def _numbers(values: Values, number: _Number) -> pa.Array:
    size = np.dtype(number.sent).itemsize
    sent = np.frombuffer(b"".join(bytes(size) if value is None else value for value in values), number.sent)
    kept: np.ndarray[Any, Any] = sent.astype(number.kept)
    if number.since:
        kept += kept.dtype.type(number.since)
    nulls = np.fromiter((value is None for value in values), np.bool_, len(values))
    return pa.array(kept, mask=nulls if nulls.any() else None).cast(number.arrow)


def _lists(values: Values, oid: int) -> pa.Array:
    """Return arrays of at most one dimension as lists."""
    items: list[bytes | None] = []
    ends: list[int | None] = []
    for value in values:
        ends.append(None if value is None else len(items))
        if value is not None:
            items += _items(value)
    return pa.ListArray.from_arrays(pa.array([*ends, len(items)], pa.int32()), received(items, oid))


def _items(value: bytes) -> list[bytes | None]:
    """Return the elements of one array.

    An array is sent as its dimensions, a flag for NULLs, the element type, and each element with its length.
    """
    dimensions = int.from_bytes(value[:4], "big")
    place, items = 12 + 8 * dimensions, list[bytes | None]()
    while place < len(value):
        size = int.from_bytes(value[place : place + 4], "big", signed=True)
        place += 4
        items.append(None if size < 0 else value[place : place + size])
        place += max(size, 0)
    return items
