"""Choose sample rows of each table: first rows that refer to sample rows of other tables, then by primary key."""

from __future__ import annotations

from collections.abc import Mapping

from snap.duck import Views, literal, quote, relation
from snap.manifest import TableData
from snap.overview.columns import text
from snap.overview.model import LONGEST
from snap.schema import ForeignKey, load_order
from snap.units import shortened

ROWS = 5
Row = tuple[str | None, ...]


def sample_rows(views: Views, tables: Mapping[str, TableData]) -> dict[str, tuple[Row, ...]]:
    """Return sample rows of each table by its label. Parents are chosen first, so that children can refer to them."""
    chosen: dict[str, tuple[Row, ...]] = {}
    for table in load_order(data.table for data in tables.values()):
        chosen[table.label] = _rows(views, tables[table.label], tables, chosen)
    return chosen


def _rows(
    views: Views, data: TableData, tables: Mapping[str, TableData], chosen: Mapping[str, tuple[Row, ...]]
) -> tuple[Row, ...]:
    table = data.table
    if not table.stored:
        return ()
    keys = _keys(tables, table.label)
    texts = {column.name: text(quote(column.name), column.type) for column in table.stored}
    picked = ", ".join(texts[name] if name in keys else f"left({texts[name]}, {LONGEST + 1})" for name in texts)
    named = [
        f"coalesce({condition}, false)::INTEGER"
        for key in table.foreign_keys
        if (condition := _names(key, texts, tables.get(key.references), chosen.get(key.references, ())))
    ]
    order = [
        *([f"{' + '.join(named)} DESC"] if named else []),
        *(map(quote, table.primary_key) if table.primary_key else texts.values()),
    ]
    sql = f"SELECT {picked} FROM {relation(data)} ORDER BY {', '.join(order)} LIMIT {ROWS}"  # noqa: S608 - quoted
    return tuple(
        tuple(
            value if value is None or column.name in keys else shortened(value, LONGEST)
            for column, value in zip(table.stored, row, strict=True)
        )
        for row in views.query(sql).rows
    )


def _names(key: ForeignKey, texts: Mapping[str, str], parent: TableData | None, rows: tuple[Row, ...]) -> str:
    """Return the SQL condition that a row refers to one of the parent's sample rows, "" if no row can."""
    if parent is None or not rows or not texts.keys() >= set(key.columns):
        return ""
    places = [column.name for column in parent.table.stored]
    if not set(places) >= set(key.to):
        return ""
    at = [places.index(name) for name in key.to]
    named = [[value for place in at if (value := row[place]) is not None] for row in rows]
    one = " AND ".join
    return " OR ".join(
        f"({one(f'{texts[name]} = {literal(value)}' for name, value in zip(key.columns, values, strict=True))})"
        for values in named
        if len(values) == len(at)
    )


def _keys(tables: Mapping[str, TableData], label: str) -> frozenset[str]:
    """Return the columns of a table's primary key and foreign keys, and the columns that foreign keys reference."""
    table = tables[label].table
    own = (*table.primary_key, *(name for key in table.foreign_keys for name in key.columns))
    asked = (key for data in tables.values() for key in data.table.foreign_keys if key.references == label)
    return frozenset((*own, *(name for key in asked for name in key.to)))
