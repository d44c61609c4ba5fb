"""How large the database will be that a snapshot becomes: heaps, out-of-line values and indexes, from column widths."""

from __future__ import annotations

from collections.abc import Sequence

from snap.duck import Views, quote, relation
from snap.manifest import TableData
from snap.types import Logical, Type

_PAGE = 8192
_TUPLE = 28  # a heap tuple's header and its line pointer
_ENTRY = 12  # an index entry's header and its line pointer
_FILL = 0.9  # of a B-tree's leaves
_WIDTHS = {
    Logical.BOOL: 1,
    Logical.INT16: 2,
    Logical.INT32: 4,
    Logical.INT64: 8,
    Logical.FLOAT32: 4,
    Logical.FLOAT64: 8,
    Logical.DECIMAL: 8,
    Logical.UUID: 16,
    Logical.DATE: 4,
    Logical.TIME: 8,
    Logical.TIMESTAMP: 8,
    Logical.TIMESTAMPTZ: 8,
    Logical.INTERVAL: 16,
    Logical.ENUM: 4,
}


def database_bytes(views: Views, tables: Sequence[TableData]) -> int:
    """Estimate the bytes of the tables once they are in Postgres, with their indexes. Errors: what DuckDB raises."""
    return sum(_table_bytes(views, data) for data in tables)


def _table_bytes(views: Views, data: TableData) -> int:
    return 0
