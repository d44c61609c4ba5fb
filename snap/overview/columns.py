"""Describe a table's columns: one query for counts, one for histograms, one for each column with repeated values."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from snap.duck import Views, quote, relation
from snap.manifest import TableData
from snap.overview.model import LONGEST, ColumnOverview, Frequent, Histogram
from snap.schema import Column, Table
from snap.types import Logical, Type, parse
from snap.types.duckdb import narrow, shown
from snap.units import shortened

BINS = 20
FREQUENT = 5
_INTEGERS = frozenset({Logical.INT16, Logical.INT32, Logical.INT64})
_FLOATS = frozenset({Logical.FLOAT32, Logical.FLOAT64})
_MOMENTS = frozenset({Logical.DATE, Logical.TIMESTAMP, Logical.TIMESTAMPTZ})
_TEXT = parse("text", ())


def text(name: str, kind: Type) -> str:
    """Return the SQL for a value of a view as text. Views hold intervals in DuckDB's own type."""
    return f"{name}::VARCHAR" if kind.logical is Logical.INTERVAL else f"({shown(name, kind)})::VARCHAR"


def column_overviews(views: Views, data: TableData, table: Table) -> tuple[ColumnOverview, ...]:
    """Describe the columns of a table's view, under the names that `table` gives them. Errors: QueryError."""
    stored = data.table.stored
    if not stored:
        return ()
    facts = ", ".join(part for column in stored for part in _facts(column))
    (row,) = views.query(f"SELECT count(*), {facts} FROM {relation(data)}").rows  # noqa: S608 - quoted
    total, *rest = row
    counted = dict(zip((column.name for column in stored), zip(*[iter(rest)] * 6, strict=True), strict=True))
    histograms = _histograms(views, data, counted)
    columns = []
    for column, own in zip(stored, table.stored, strict=True):
        known, distinct = counted[column.name][:2]
        frequent, once = _frequent(views, data, column) if distinct < known else ((), distinct)
        columns.append(
            ColumnOverview(
                column=own,
                nulls=total - known,
                distinct=distinct,
                once=once,
                frequent=frequent,
                histogram=histograms.get(column.name),
            )
        )
    return tuple(columns)


def _facts(column: Column) -> Iterator[str]:
    """Yield the SQL for a column's number of values, number of distinct values, and least and greatest value.

    The least and the greatest value are given as numbers and as texts.
    """
    name, number = quote(column.name), _number(column)
    yield f"count({name})"
    yield f"count(DISTINCT {_compared(column)})"
    if number is None:
        yield from ["NULL"] * 4
        return
    finite = f"({name}) FILTER ({number} IS NOT NULL)"
    yield from (f"min({number})", f"max({number})")
    yield from (text(f"min{finite}", column.type), text(f"max{finite}", column.type))


def _compared(column: Column) -> str:
    """Return the SQL for a short value that differs exactly where the text of the column's value differs."""
    kind, name = column.type.logical, quote(column.name)
    if kind in _INTEGERS | _FLOATS | _MOMENTS | {Logical.BOOL, Logical.UUID, Logical.TIME, Logical.DECIMAL}:
        return name
    return narrow(text(name, column.type), _TEXT, _TEXT)


def _number(column: Column) -> str | None:
    """Return the SQL for a value as a number, NULL for infinite values, or None for types without a scale."""
    kind, name = column.type.logical, quote(column.name)
    if kind in _INTEGERS or kind is Logical.DECIMAL:
        return f"{name}::DOUBLE"
    if kind in _FLOATS:
        return f"CASE WHEN isfinite({name}) THEN {name}::DOUBLE END"
    if kind is Logical.DATE:
        return f"CASE WHEN isfinite({name}) THEN ({name} - DATE '1970-01-01')::DOUBLE END"
    if kind in _MOMENTS:
        return f"CASE WHEN isfinite({name}) THEN epoch_us({name})::DOUBLE END"
    return f"epoch_us({name})::DOUBLE" if kind is Logical.TIME else None


def _histograms(views: Views, data: TableData, counted: dict[str, tuple[Any, ...]]) -> dict[str, Histogram]:
    """Return the histograms of columns that have several values on a scale. Keys and foreign keys have no histogram."""
    table = data.table
    alone = table.primary_key if len(table.primary_key) == 1 else ()
    names = {*alone, *(name for key in table.foreign_keys for name in key.columns)}
    bins: dict[str, tuple[int, str]] = {}
    for column in table.stored:
        number, (_, _, low, high, *_) = _number(column), counted[column.name]
        if number is None or low is None or column.name in names or not 0 < high - low < float("inf"):
            continue
        whole = column.type.logical in _INTEGERS and high - low < BINS
        most = int(high - low) if whole else BINS - 1
        place = f"({number} - {low!r}::DOUBLE)" + ("" if whole else f" / {high - low!r}::DOUBLE * {BINS}")
        known = f"FILTER ({number} IS NOT NULL)"  # least() would take the greatest bin for NULL
        bins[column.name] = most + 1, f"histogram(least({most}, floor({place}))::INTEGER) {known}"
    if not bins:
        return {}
    (row,) = views.query(f"SELECT {', '.join(sql for _, sql in bins.values())} FROM {relation(data)}").rows  # noqa: S608
    return {
        name: Histogram(
            rows=tuple(held.get(number, 0) for number in range(count)),
            low=counted[name][4],
            high=counted[name][5],
        )
        for (name, (count, _)), held in zip(bins.items(), row, strict=True)
    }


def _frequent(views: Views, data: TableData, column: Column) -> tuple[tuple[Frequent, ...], int]:
    """Return the most frequent values, and the number of values that one row holds.

    Equally frequent values are in alphabetical order. Some value must occur twice.
    """
    name = quote(column.name)
    # Only the inner query sees the table's columns, so none of them can take the place of a name of the outer query.
    rows = views.query(
        f"SELECT min(value) AS value, count(*) AS number, (sum((count(*) = 1)::INTEGER) OVER ())::BIGINT AS once "  # noqa: S608 - quoted
        f"FROM (SELECT left({text(name, column.type)}, {LONGEST + 1}), {_compared(column)} FROM {relation(data)} "
        f"WHERE {name} IS NOT NULL) AS t (value, compared) "
        f"GROUP BY compared QUALIFY number > 1 ORDER BY number DESC, value, compared LIMIT {FREQUENT}"
    ).rows
    return tuple(Frequent(value=shortened(value, LONGEST), rows=number) for value, number, _ in rows), rows[0][2]
