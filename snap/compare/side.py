"""A side of a comparison: tables with their definitions, and the source of their rows for DuckDB.

This is the interface for other kinds of sides. A snapshot's tables are Parquet files (`ParquetRows`). Another side,
such as a live database, brings its own `Source`, which may register data with DuckDB or spill them to disk. The engine
only asks for a SELECT over the data.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from snap.duck import Views, parquet_files, quote
from snap.manifest import DataFile, TableData
from snap.parquet import located
from snap.schema import Enum, Table
from snap.store import Snapshot
from snap.types.arrow import empty_table
from snap.verify import require_files


class Source(Protocol):
    """The source of one table's rows."""

    def select(self, duck: Views, columns: tuple[str, ...]) -> str:
        """Return a SELECT of `columns` (one or more), in that order. The names of the result's columns do not matter.

        The types are those that DuckDB reads from a snapshot's files or from Arrow data with `schema_of` the table. The
        SELECT is run once for the comparison, and once more each time samples, keys or rows are needed.
        """


@dataclass(frozen=True, slots=True, kw_only=True)
class TableSide:
    """One table of a side. `rows` and `digest` are None if they are unknown.

    Tables with equal digests are not read. A table without any stored column needs its `rows`. `digested` are the
    columns that `digest` covers, if not all stored ones. A column may be of type `snap.types.duckdb.Canonical`.
    """

    table: Table
    source: Source
    rows: int | None = None
    digest: str | None = None
    digested: tuple[str, ...] | None = None

    @property
    def covered(self) -> tuple[str, ...]:
        """The columns that the digest covers, in the digest's order."""
        return tuple(column.name for column in self.table.stored) if self.digested is None else self.digested


@dataclass(frozen=True, slots=True, kw_only=True)
class Side:
    """All tables of one side, the side's name in messages, and the files that DuckDB reads for it."""

    name: str
    tables: tuple[TableSide, ...]
    enums: tuple[Enum, ...]
    files: tuple[Path, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Piece:
    """A file, or some ranges of its rows. A range is its first row and the row after its last one, counted from 0."""

    file: DataFile
    ranges: tuple[tuple[int, int], ...] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ParquetRows:
    """The rows of a snapshot's table, or of some of its files and row groups.

    `verified` is true if the files' hashes were already compared with the manifest.
    """

    snapshot: Snapshot
    table: Table
    pieces: tuple[Piece, ...]
    verified: bool = False

    def require_intact(self) -> None:
        """Compare the files with their hashes. Errors: SnapshotError that names every bad file."""
        if not self.verified:
            require_files(self.snapshot, [piece.file for piece in self.pieces])

    def select(self, duck: Views, columns: tuple[str, ...]) -> str:
        """Return a SELECT over the pieces. Columns go by position, because DuckDB does not distinguish "a" from "A"."""
        positions = {column.name: position for position, column in enumerate(self.table.stored)}
        wanted = ", ".join(f"c{positions[name]}" for name in columns)
        names = [f"c{position}" for position in positions.values()]
        aliases = ", ".join(names)
        if not self.pieces:
            empty = f"empty {self.snapshot.manifest.version} {self.table.label}"
            duck.register(empty, empty_table(self.table).rename_columns(names))
            return f"SELECT {wanted} FROM {quote(empty)}"  # noqa: S608 - quoted
        parts = []
        folder = self.snapshot.folder
        whole = [piece.file for piece in self.pieces if piece.ranges is None]
        if whole:
            parts.append(f"SELECT {wanted} FROM {parquet_files(folder, whole)} AS t({aliases})")  # noqa: S608
        for piece in self.pieces:
            if piece.ranges is not None:
                rows = " OR ".join(f"r >= {start} AND r < {stop}" for start, stop in piece.ranges)
                source = parquet_files(folder, [piece.file], numbered=True)
                parts.append(f"SELECT {wanted} FROM {source} AS t({aliases}, r) WHERE {rows}")  # noqa: S608
        return " UNION ALL ".join(parts)


def snapshot_side(snapshot: Snapshot) -> Side:
    """Return a snapshot as a side. Each file's hash is compared before the file is read."""

    def side(data: TableData) -> TableSide:
        pieces = tuple(Piece(file=file) for file in data.files if file.rows != 0)
        rows = ParquetRows(snapshot=snapshot, table=data.table, pieces=pieces)
        return TableSide(table=data.table, source=rows, rows=data.rows, digest=data.digest)

    manifest = snapshot.manifest
    return Side(
        name=manifest.version,
        tables=tuple(map(side, manifest.tables)),
        enums=manifest.enums,
        files=tuple(located(snapshot.folder, (file.path for data in manifest.tables for file in data.files))),
    )
