"""The manifest: the record that makes a snapshot exist. snap.manifest_json reads and writes its text."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from snap.edge_cases import Edge, edges_of
from snap.schema import Enum, Table

MEDIA = "media"  # the role of files that need not be on disk, and the name of their folder
STATISTICS = (
    "statistics.json"  # the path of the planner's statistics; snap.planner_statistics defines the file's format
)
MOST_EMPTY_ROWS = (
    1_000_000  # of a table without stored columns: no file limits them, and each takes 28 bytes in Postgres
)


@dataclass(frozen=True, slots=True, kw_only=True)
class DataFile:
    """One file of a snapshot. `path` is relative to the snapshot's folder. `rows` is None if it belongs to no table.

    `key_min` and `key_max` are the key range of a table's file (snap.key_range). `role` is MEDIA for a file that may be
    absent from the folder, because a build can copy it again and no restore needs it.
    """

    path: str
    bytes: int
    sha256: str
    rows: int | None = None
    key_min: tuple[str, ...] | None = None
    key_max: tuple[str, ...] | None = None
    role: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class TableData:
    """A table in a snapshot: its definition, its number of rows, its digest and its files."""

    table: Table
    rows: int
    digest: str
    files: tuple[DataFile, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """The result of one check. A skipped check is ok, and `detail` says why it was skipped.

    Where nothing was measured, `limit` is empty, `value` is a word for what happened, and `detail` says the rest.
    """

    name: str
    ok: bool
    value: float | int | str
    limit: float | int | str
    detail: str = ""

    @property
    def measured(self) -> bool:
        """Return whether `value` was compared with `limit`."""
        return self.limit != ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Parameters:
    """The inputs that fix every value: `scale` is a fraction (`5/6`), `sets` are rows per table, `as_of` a UTC date."""

    dataset: str
    profile: str
    scale: str
    sets: tuple[tuple[str, int], ...]
    seed: int
    as_of: str


@dataclass(frozen=True, slots=True, kw_only=True)
class SequencePosition:
    """The position of a captured sequence. `is_called` says whether `last_value` was already returned."""

    schema: str
    name: str
    last_value: int
    is_called: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Manifest:
    """The record of a snapshot. `created` is UTC in ISO 8601. `parameters` is None for a captured snapshot.

    The last four fields belong to format 2 and are absent in format 1. `statistics` and `edge_cases` are JSON objects.
    None of the four is part of the digest.
    """

    version: str
    parameters: Parameters | None
    created: str
    digest: str
    estimated_db_bytes: int
    enums: tuple[Enum, ...]
    tables: tuple[TableData, ...]
    extra_files: tuple[DataFile, ...]
    checks: tuple[Finding, ...]
    schema_sql: str
    written_by: tuple[tuple[str, str], ...]
    sequences: tuple[SequencePosition, ...] = ()
    revision: str | None = None
    statistics: Mapping[str, Any] | None = None
    edge_cases: Mapping[str, Any] | None = None

    @property
    def rows_total(self) -> int:
        return sum(table.rows for table in self.tables)

    @property
    def edges(self) -> tuple[Edge, ...]:
        """The edge cases: rows that the dataset makes on purpose, by table and name."""
        return edges_of(self.edge_cases)

    @property
    def files(self) -> tuple[DataFile, ...]:
        """All files of the snapshot, the tables' files first."""
        return tuple(file for table in self.tables for file in table.files) + self.extra_files

    @property
    def media(self) -> tuple[DataFile, ...]:
        """The files with the role MEDIA. Each may be absent."""
        return tuple(file for file in self.extra_files if file.role == MEDIA)

    @property
    def planner_statistics(self) -> DataFile | None:
        """The file of the planner's statistics, or None."""
        return next((file for file in self.extra_files if file.path == STATISTICS), None)

    @property
    def bytes(self) -> int:
        return sum(file.bytes for file in self.files)
