"""Convert values that ADBC reads into Arrow: the expressions to select, and the decoding of the results. Pure.

ADBC is exact for most types, and silently wrong for some. For those the SELECT asks for a form that ADBC carries well.

| logical             | asked for                                                                               |
|---------------------|-----------------------------------------------------------------------------------------|
| decimal, enum, text | Postgres' own text                                                                      |
| interval            | the 16 bytes of interval_send: ADBC counts in nanoseconds, of which 64 bits are 292 years |
| lists of these      | arrays of the same                                                                      |
| all others          | the column as it is                                                                     |

Values that a type's Arrow form cannot hold at all (infinite dates, NaN numerics, arrays of two dimensions) satisfy its
`unfit_condition`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from psycopg import sql

from snap.schema import Table
from snap.types import Logical, Type
from snap.types.arrow import arrow_type, schema_of, storage, with_items

# jsonb prints numbers without exponent, so only zeros after the point differ from the canonical form. Strings are
# matched first, and replaced by themselves.
_STRING_OR_ZEROS = r'("(?:[^"\\]|\\.)*")|(\.[0-9]*[1-9])0+\b|\.0+\b'
_ZEROS = r"\.[0-9]*0(?:[^0-9]|$)"
_FIRST_DAY = "'0001-01-01'"
_AFTER_LAST = "'294247-01-01'"  # later moments exceed 64 bits of microseconds since 1970
_SENT = np.dtype([("microseconds", ">i8"), ("days", ">i4"), ("months", ">i4")])  # what interval_send writes


def expression(name: sql.Composable, kind: Type) -> sql.Composable:
    """Return SQL for a value of type `kind` in a form that ADBC carries well and `decode` understands."""
    template = TRANSFERS[kind.logical].value if kind.item is None else TRANSFERS[kind.item.logical].array
    return sql.SQL(template).format(name)


def order(name: sql.Composable, kind: Type, utf8: bool) -> sql.Composable:
    """Return the ORDER BY expression that sorts values of type `kind`. Texts sort by their bytes in UTF-8.

    `utf8`: the server stores texts in UTF-8.
    """
    transfer = TRANSFERS[kind.logical]
    key = sql.SQL(transfer.order).format(name)
    if not transfer.collated:
        return key
    if utf8:
        return sql.SQL('{} COLLATE "C"').format(key)
    return sql.SQL("pg_catalog.convert_to({}::pg_catalog.text, 'UTF8')").format(key)


def unfit_condition(column: str, kind: Type) -> sql.Composable | None:
    """Return the condition under which a value of t's `column` does not fit its logical type, None if all fit."""
    name = sql.Identifier("t", column)
    if kind.item is None:
        return _scalar_condition(name, kind)
    shape = sql.SQL(
        "pg_catalog.array_ndims({0}) OPERATOR(pg_catalog.>) 1 OR pg_catalog.array_lower({0}, 1)"
        " OPERATOR(pg_catalog.<>) 1"
    ).format(name)
    each = _scalar_condition(sql.Identifier("e"), kind.item)
    if each is None:
        return shape
    return sql.SQL("{} OR EXISTS (SELECT FROM pg_catalog.unnest({}) AS u (e) WHERE {})").format(shape, name, each)


def _scalar_condition(name: sql.Composable, kind: Type) -> sql.Composable | None:
    condition = TRANSFERS[kind.logical].unfit
    return sql.SQL(condition).format(name) if condition else None


def decoded(batch: pa.RecordBatch, table: Table) -> pa.RecordBatch:
    """Return a batch that ADBC read of the stored columns of `table` as a batch in the table's Arrow types."""
    arrays = [decode(batch.column(i), column.type) for i, column in enumerate(table.stored)]
    return pa.RecordBatch.from_arrays(arrays, schema=schema_of(table))


def decode(array: pa.Array, column: Type) -> pa.Array:
    """Return an array that ADBC read of a column as an array of `column`'s Arrow type."""
    return TRANSFERS[column.logical].decode(array, column)


def canonical_jsonb(texts: pa.StringArray) -> pa.StringArray:
    """Remove trailing zeros of fractions, outside strings, from texts that Postgres printed for jsonb."""
    if not pc.any(pc.match_substring_regex(texts, _ZEROS)).as_py():
        return texts
    return pc.replace_substring_regex(texts, _STRING_OR_ZEROS, r"\1\2")


def _cast(array: pa.Array, column: Type) -> pa.Array:
    wanted = arrow_type(column)
    if array.type == wanted:
        return array
    if isinstance(wanted, pa.BaseExtensionType):
        return pa.ExtensionArray.from_storage(wanted, storage(array).cast(wanted.storage_type))
    return storage(array).cast(wanted)


def _jsonb(array: pa.Array, column: Type) -> pa.Array:
    return pa.ExtensionArray.from_storage(arrow_type(column), canonical_jsonb(storage(array)))


def _interval(array: pa.Array, column: Type) -> pa.Array:
    flat = pc.fill_null(storage(array), bytes(16))
    start, stop = np.frombuffer(flat.buffers()[1], np.int32)[[flat.offset, flat.offset + len(flat)]]
    values = np.frombuffer(flat.buffers()[2] or b"", np.uint8)[start:stop].view(_SENT)
    wanted = arrow_type(column)
    parts = [pa.array(values[part.name].astype(part.type.to_pandas_dtype())) for part in wanted]
    nulls = array.is_null() if array.null_count else None
    return pa.StructArray.from_arrays(parts, fields=list(wanted), mask=nulls)


def _list(array: pa.Array, column: Type) -> pa.Array:
    assert column.item is not None
    return with_items(array, decode(array.flatten(), column.item))


@dataclass(frozen=True, slots=True, kw_only=True)
class Transfer:
    """The SQL and the decoder for reading values of one logical type through ADBC.

    `value`, `array`: SQL over a value, and over an array of values, in a form that ADBC carries exactly. `order`: SQL
    to sort values by; `collated`: the SQL is a text, to be sorted by its bytes. `unfit`: the condition under which a
    value does not fit the Arrow type, None if all values fit. `decode`: makes an array of the Arrow type from the array
    that ADBC read.
    """

    value: str = "{0}"
    array: str = "{0}"
    order: str = "{0}"
    collated: bool = False
    unfit: str | None = None
    decode: Callable[[pa.Array, Type], pa.Array] = _cast


_AS_TEXT = "{0}::pg_catalog.text"
_AS_TEXTS = "{0}::pg_catalog.text[]"
_SEND_INTERVAL = "pg_catalog.interval_send({0})"
_PLAIN = Transfer()
_MOMENT = Transfer(unfit=f"{{0}} OPERATOR(pg_catalog.<) {_FIRST_DAY} OR {{0}} OPERATOR(pg_catalog.>=) {_AFTER_LAST}")

TRANSFERS: Mapping[Logical, Transfer] = {
    Logical.BOOL: _PLAIN,
    Logical.INT16: _PLAIN,
    Logical.INT32: _PLAIN,
    Logical.INT64: _PLAIN,
    Logical.FLOAT32: _PLAIN,
    Logical.FLOAT64: _PLAIN,
    Logical.DECIMAL: Transfer(value=_AS_TEXT, array=_AS_TEXTS, unfit="{0} OPERATOR(pg_catalog.=) 'NaN'"),
    Logical.STRING: Transfer(collated=True),
    Logical.BYTES: _PLAIN,
    Logical.UUID: _PLAIN,
    Logical.JSONB: Transfer(order=_AS_TEXT, collated=True, decode=_jsonb),
    Logical.JSON: Transfer(order=_AS_TEXT, collated=True),
    Logical.DATE: Transfer(
        unfit=f"{{0}} OPERATOR(pg_catalog.<) {_FIRST_DAY} OR {{0}} OPERATOR(pg_catalog.=) 'infinity'"
    ),
    Logical.TIME: _PLAIN,
    Logical.TIMESTAMP: _MOMENT,
    Logical.TIMESTAMPTZ: _MOMENT,
    Logical.INTERVAL: Transfer(
        value=_SEND_INTERVAL,
        array=(
            "CASE WHEN {0} IS NOT NULL THEN ARRAY(SELECT pg_catalog.interval_send(e) "
            "FROM pg_catalog.unnest({0}) WITH ORDINALITY AS u (e, o) ORDER BY o) END"
        ),
        order=_SEND_INTERVAL,
        unfit="NOT pg_catalog.isfinite({0})",
        decode=_interval,
    ),
    Logical.ENUM: Transfer(value=_AS_TEXT, array=_AS_TEXTS, order=_AS_TEXT, collated=True),
    Logical.LIST: Transfer(order=_AS_TEXT, collated=True, decode=_list),
    Logical.TEXT: Transfer(
        # Printed by the output function, since a cast adds /32 to an inet and trims a bpchar.
        value="CASE WHEN {0} IS DISTINCT FROM NULL THEN pg_catalog.concat({0}) END",
        array=_AS_TEXTS,
        order=_AS_TEXT,
        collated=True,
    ),
}
