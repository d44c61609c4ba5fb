"""Estimate the size of the database for a snapshot: heaps, out-of-line values and indexes, from column widths.

The estimate was compared with pg_database_size of Postgres 18, less that of an empty database, with indexes created
before the rows, for WorldChef of 8,000 rows (measured 5.6 MB) and of 1,000,000 (455 MB): see
tests/snap/checks/test_size.py.
"""

from __future__ import annotations

from collections.abc import Sequence

from snap.duck import Views, quote, relation
from snap.manifest import TableData
from snap.schema import Table
from snap.types import Logical, Type

_PAGE, _USABLE = 8192, 8168  # bytes of a page, with and without its header
_TUPLE = 28  # a heap tuple's header and its line pointer
_ENTRY = 12  # an index entry's header and its line pointer
_FILL = 0.75  # fill factor of a B-tree's pages: 0.69 after inserts in random order, 0.9 when built over existing rows
_TOAST = 2000  # wider rows are compressed and cut down to about this
_OVERFLOW = 0.2  # the share of a wide row's excess that is left after compression
_JSONB = 1.2  # bytes per character of text: numbers and offsets take more, quotes and commas nothing
_SEARCH = 160  # a generated column, such as a tsvector over title and description
_SEARCH_INDEX = 150
_LEAST_INDEX = 3 * _PAGE  # an index's first pages, and its partly filled ones
_LEAST_SEARCH = 100_000  # a GIN index's pending list
_OTHER_INDEXES = 1.35  # a snapshot knows keys and references only, and queries that filter and sort have indexes too
_CATALOG = 87_000  # growth of the system catalogs for one table with its indexes and triggers
_MAPS = 5 * _PAGE  # free space map, visibility map, and at least one page of its own TOAST table
_ARRAY = 25  # an array's header


def database_bytes(views: Views, tables: Sequence[TableData]) -> int:
    """Estimate the bytes of the tables and their indexes in Postgres. Errors: QueryError."""
    return sum(_table_bytes(views, data) for data in tables)


def _table_bytes(views: Views, data: TableData) -> int:
    stored = data.table.stored
    widths = ", ".join(f"coalesce(sum({_width(quote(column.name), column.type)}), 0)::DOUBLE" for column in stored)
    # Every name went through quote().
    answer = views.query(f"SELECT count(*), {widths or 'NULL'} FROM {relation(data)}")  # noqa: S608
    rows = int(answer.rows[0][0])
    if rows == 0:
        return _CATALOG + _MAPS
    width = {column.name: float(total) / rows for column, total in zip(stored, answer.rows[0][1:], strict=False)}
    generated = sum(column.generated for column in data.table.columns)
    row = _TUPLE + sum(width.values()) + _SEARCH * generated
    excess = max(0.0, row - _TOAST)
    pages = -(-rows // max(1, int(_USABLE // (row - excess))))
    heap = pages * _PAGE + rows * excess * _OVERFLOW
    indexes = [_ENTRY + sum(width.get(name, 8.0) for name in columns) for columns in _indexed(data.table)]
    ordered = (rows * sum(indexes) / _FILL + len(indexes) * _LEAST_INDEX) * _OTHER_INDEXES
    searched = (rows * _SEARCH_INDEX + _LEAST_SEARCH) * generated
    return int(heap + ordered + searched) + _CATALOG + _MAPS


def _indexed(table: Table) -> list[tuple[str, ...]]:
    """Return the columns of each index to count: of unique keys, and of foreign keys that are no key's prefix."""
    keys = [columns for columns in (table.primary_key, *table.unique) if columns]
    references = [key.columns for key in table.foreign_keys]
    return keys + [own for own in references if not any(key[: len(own)] == own for key in keys)]


def _width(name: str, kind: Type) -> str:
    """Return the SQL for the bytes of one value in a heap tuple. The result is NULL for NULL, which takes no space."""
    width = kind.facts.heap_width
    if width is not None:
        return f"CASE WHEN {name} IS NOT NULL THEN {width} END"
    if kind.item is not None:
        fixed = kind.item.facts.heap_width is not None
        return f"{_ARRAY} + " + (f"4 * len({name})" if fixed else f"strlen(array_to_string({name}, '....'))")
    if kind.logical is Logical.BYTES:
        return f"octet_length({name}) + 1"
    if kind.logical is Logical.JSONB:
        return f"{_JSONB} * strlen({name}::VARCHAR)"
    return f"strlen({name}::VARCHAR) + 1"
