"""The edge cases of a build, with the keys of their rows, as its manifest lists them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

from snap import parquet
from snap.edge_cases import Edge
from snap.manifest import TableData
from snap_builder.compiled.edge_values import text_of
from snap_builder.dataset import DeclaredEdge


def listed(edges: Sequence[DeclaredEdge], tables: Iterable[TableData], folder: Path) -> tuple[Edge, ...]:
    """Return the declared edge cases, each with the primary key of its row, which is read from the table's files."""
    made: list[Edge] = []
    for data in tables:
        own = [edge for edge in edges if edge.table == data.table.label]
        keys = _keys(data, {edge.row for edge in own}, folder) if own else {}
        made += [Edge(table=edge.table, name=edge.name, key=keys[edge.row], values=edge.values) for edge in own]
    return tuple(made)


def _keys(data: TableData, rows: set[int], folder: Path) -> Mapping[int, Mapping[str, str]]:
    """Return the primary keys of some rows, by row number."""
    names, keys, before = data.table.primary_key, dict[int, Mapping[str, str]](), 0
    for path in parquet.located(folder, (file.path for file in data.files)):
        for batch in parquet.read(path, data.table, names):
            for row in (row for row in rows if before <= row < before + batch.num_rows):
                keys[row] = {name: str(text_of(batch.column(name)[row - before])) for name in names}
            before += batch.num_rows
            if len(keys) == len(rows):
                return keys
    return keys
