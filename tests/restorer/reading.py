"""Read rows from a server as values of logical types. The server formats the values, without any code of snap."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from snap.schema import Column
from snap.types import Logical, Type

if TYPE_CHECKING:
    import psycopg

# An SQL expression for each logical type, whose result psycopg reads and pyarrow accepts.
_EPOCH = "(extract(epoch FROM {0}) * 1000000)::bigint"
_READ = {
    Logical.UUID: "uuid_send({0})",
    Logical.JSONB: "({0})::text",
    Logical.JSON: "({0})::text",
    Logical.ENUM: "({0})::text",
    Logical.DATE: "({0}) - date '1970-01-01'",
    Logical.TIME: _EPOCH,
    Logical.TIMESTAMP: _EPOCH,
    Logical.TIMESTAMPTZ: _EPOCH,
    Logical.INTERVAL: "array[extract(year FROM {0})::bigint * 12 + extract(month FROM {0})::bigint, "
    "extract(day FROM {0})::bigint, extract(hour FROM {0})::bigint * 3600000000 + "
    "extract(minute FROM {0})::bigint * 60000000 + extract(microsecond FROM {0})::bigint]",
}


def read(connection: psycopg.Connection[Any], relation: str, columns: Sequence[Column]) -> list[tuple[Any, ...]]:
    """Return the rows of a relation, which ORDER BY may follow. The session's TimeZone is UTC."""
    chosen = ", ".join(_expression(column.type, f'"{column.name}"') for column in columns)
    rows = connection.execute(f"SELECT {chosen} FROM {relation}".encode()).fetchall()
    return [tuple(_value(column.type, v) for column, v in zip(columns, row, strict=True)) for row in rows]


def _expression(type_: Type, name: str) -> str:
    if type_.logical is Logical.TEXT:
        # Not by a cast to text, which drops blanks of character(n) and adds /32 to inet.
        return f"CASE WHEN num_nulls({name}) = 0 THEN format('%s', {name}) END"
    if type_.logical is Logical.LIST:
        assert type_.item is not None
        each = _READ.get(type_.item.logical, "{0}").format("x")
        if type_.item.logical is Logical.INTERVAL:
            each = f"CASE WHEN x IS NOT NULL THEN to_jsonb({each}) END"
        many = f"(SELECT array_agg({each} ORDER BY n) FROM unnest({name}) WITH ORDINALITY u (x, n))"
        return f"CASE WHEN cardinality({name}) = 0 THEN '{{}}' ELSE {many} END"
    return f"CASE WHEN {name} IS NOT NULL THEN {_READ.get(type_.logical, '{0}').format(name)} END"


def _value(type_: Type, value: Any) -> Any:
    if value is None:
        return None
    if type_.logical is Logical.LIST:
        assert type_.item is not None
        return [_value(type_.item, item) for item in value]
    if type_.logical is Logical.INTERVAL:
        return dict(zip(("months", "days", "microseconds"), value, strict=True))
    return value
