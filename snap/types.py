"""Logical types: what a column's values are, between Postgres and Arrow.

A column keeps its Postgres type as `format_type()` prints it, and one logical type. The logical type alone fixes the
Arrow type in memory, the Parquet type on disk, and the canonical bytes (snap.canonical; docs/format.md).

| logical      | Postgres                         | Arrow                          |
|--------------|----------------------------------|--------------------------------|
| bool         | boolean                          | bool                           |
| int16/32/64  | smallint, integer, bigint        | int16, int32, int64            |
| float32/64   | real, double precision           | float32, float64               |
| decimal      | numeric(p,s), p <= 38            | decimal128(p, s)               |
| string       | text, varchar(n), char(n)        | string                         |
| bytes        | bytea                            | binary                         |
| uuid         | uuid                             | arrow.uuid                     |
| jsonb        | jsonb                            | arrow.json                     |
| json         | json                             | string                         |
| date         | date                             | date32                         |
| time         | time without time zone           | time64[us]                     |
| timestamp    | timestamp without time zone      | timestamp[us]                  |
| timestamptz  | timestamp with time zone         | timestamp[us, UTC]             |
| interval     | interval                         | struct<months, days, microseconds> |
| enum         | an enum type                     | string                         |
| list         | one-dimensional array of these   | list<item>                     |
| text         | anything else, as Postgres text  | string                         |
"""

from __future__ import annotations

import re
from collections.abc import Collection
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

from snap.errors import SnapshotError

if TYPE_CHECKING:
    import pyarrow as pa


class Logical(StrEnum):
    BOOL = "bool"
    INT16 = "int16"
    INT32 = "int32"
    INT64 = "int64"
    FLOAT32 = "float32"
    FLOAT64 = "float64"
    DECIMAL = "decimal"
    STRING = "string"
    BYTES = "bytes"
    UUID = "uuid"
    JSONB = "jsonb"
    JSON = "json"
    DATE = "date"
    TIME = "time"
    TIMESTAMP = "timestamp"
    TIMESTAMPTZ = "timestamptz"
    INTERVAL = "interval"
    ENUM = "enum"
    LIST = "list"
    TEXT = "text"


_SIMPLE = {
    "boolean": Logical.BOOL,
    "smallint": Logical.INT16,
    "integer": Logical.INT32,
    "bigint": Logical.INT64,
    "real": Logical.FLOAT32,
    "double precision": Logical.FLOAT64,
    "text": Logical.STRING,
    "character varying": Logical.STRING,
    "character": Logical.STRING,
    "bytea": Logical.BYTES,
    "uuid": Logical.UUID,
    "jsonb": Logical.JSONB,
    "json": Logical.JSON,
    "date": Logical.DATE,
    "time without time zone": Logical.TIME,
    "timestamp without time zone": Logical.TIMESTAMP,
    "timestamp with time zone": Logical.TIMESTAMPTZ,
    "interval": Logical.INTERVAL,
}
_MODIFIED = re.compile(r"^(?P<base>character varying|character|numeric)\((?P<a>\d+)(?:,(?P<b>-?\d+))?\)$")
DECIMAL_DIGITS = 38  # what decimal128 and DuckDB's DECIMAL hold


@dataclass(frozen=True, slots=True)
class Type:
    """One column type. `length` bounds varchar(n), char(n); `precision` and `scale` are decimals', `item` is lists'."""

    pg: str
    logical: Logical
    length: int | None = None
    precision: int | None = None
    scale: int | None = None
    item: Type | None = None


def parse(pg: str, enums: Collection[str] = ()) -> Type:
    """Return the type that Postgres prints as `pg`; `enums` are the names of the schema's enum types.

    What has no exact logical type is kept as Postgres text.
    """
    if pg.endswith("[]"):
        item = parse(pg[:-2], enums)
        if item.logical in {Logical.TEXT, Logical.LIST}:
            return Type(pg, Logical.TEXT)
        return Type(pg, Logical.LIST, item=item)
    if pg in enums:
        return Type(pg, Logical.ENUM)
    if pg in _SIMPLE:
        return Type(pg, _SIMPLE[pg], length=1 if pg == "character" else None)
    match = _MODIFIED.match(pg)
    if match is None:
        return Type(pg, Logical.TEXT)
    if match["base"] != "numeric":
        return Type(pg, Logical.STRING, length=int(match["a"]))
    precision, scale = int(match["a"]), int(match["b"] or 0)
    if precision > DECIMAL_DIGITS or not 0 <= scale <= precision:
        return Type(pg, Logical.TEXT)
    return Type(pg, Logical.DECIMAL, precision=precision, scale=scale)


def with_logical(pg: str, logical: str, enums: Collection[str] = ()) -> Type:
    """Return the type `pg` as a manifest stores it: its own logical type, or Postgres text in its place.

    Errors: SnapshotError when `logical` is neither.
    """
    natural = parse(pg, enums)
    if logical == natural.logical.value:
        return natural
    if logical == Logical.TEXT.value:
        return Type(pg, Logical.TEXT)
    raise SnapshotError(
        f"type {pg} cannot be stored as {logical!r}",
        "the manifest was written by another version of snap, or altered; build the snapshot again",
    )


def arrow_type(column: Type) -> pa.DataType:
    """Return the Arrow type that holds `column`'s values."""
    import pyarrow as pa

    if column.logical is Logical.LIST:
        assert column.item is not None
        return pa.list_(arrow_type(column.item))
    if column.logical is Logical.DECIMAL:
        return pa.decimal128(column.precision, column.scale)
    return {
        Logical.BOOL: pa.bool_(),
        Logical.INT16: pa.int16(),
        Logical.INT32: pa.int32(),
        Logical.INT64: pa.int64(),
        Logical.FLOAT32: pa.float32(),
        Logical.FLOAT64: pa.float64(),
        Logical.STRING: pa.string(),
        Logical.BYTES: pa.binary(),
        Logical.UUID: pa.uuid(),
        Logical.JSONB: pa.json_(),
        Logical.JSON: pa.string(),  # a reader of JSON may refuse what Postgres takes: half a surrogate pair
        Logical.DATE: pa.date32(),
        Logical.TIME: pa.time64("us"),
        Logical.TIMESTAMP: pa.timestamp("us"),
        Logical.TIMESTAMPTZ: pa.timestamp("us", tz="UTC"),
        Logical.INTERVAL: pa.struct([("months", pa.int32()), ("days", pa.int32()), ("microseconds", pa.int64())]),
        Logical.ENUM: pa.string(),
        Logical.TEXT: pa.string(),
    }[column.logical]
