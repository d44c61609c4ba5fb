"""The result of comparing side A with side B. An added row is only in B, a removed row only in A.

A changed key counts as one added and one removed row.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Any


class Kind(StrEnum):
    """The kind of a change to a row or to a part of the schema."""

    ADDED = "added"
    REMOVED = "removed"
    CHANGED = "changed"


@dataclass(frozen=True, slots=True, kw_only=True)
class SchemaChange:
    """One difference between two schemas.

    `what` is table, column, type, stored, nullable, generated, primary_key, unique, foreign_key or enum. `table` is a
    label, None for an enum. `name` is the name of the column or enum, empty if the change concerns the table as a
    whole. `before` and `after` are texts to show, None on the side where the object is missing.
    """

    kind: Kind
    what: str
    table: str | None
    name: str = ""
    before: str | None = None
    after: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Sample:
    """One differing row. `key` identifies it, and `before` and `after` hold its (column, value) pairs.

    For a changed row they hold only the columns that differ. Values are None, bool, int, or text as DuckDB prints it.
    Without a key, `key` is empty and `count` is the number of such rows.
    """

    kind: Kind
    key: tuple[tuple[str, Any], ...]
    before: tuple[tuple[str, Any], ...] = ()
    after: tuple[tuple[str, Any], ...] = ()
    count: int = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class TableDiff:
    """The differences in the rows of one table.

    `columns` are the columns that differ, in table order, each with the number of changed rows in which it differs.
    `derived` are those of `columns` that triggers maintain.

    `left_out` are the columns that only one side stores, so that their values could not be compared. If there are any,
    `compared` are the columns that were compared, the key included.
    """

    name: str
    added: int = 0
    removed: int = 0
    changed: int = 0
    unchanged: int = 0
    columns: tuple[tuple[str, int], ...] = ()
    derived: frozenset[str] = frozenset()
    samples: tuple[Sample, ...] = ()
    compared: tuple[str, ...] = ()
    left_out: tuple[str, ...] = ()

    @property
    def identical(self) -> bool:
        return not (self.added or self.removed or self.changed)


@dataclass(frozen=True, slots=True, kw_only=True)
class Diff:
    """All differences of two sides, schema first. `tables` has every table of either side, A's order first."""

    schema: tuple[SchemaChange, ...]
    tables: tuple[TableDiff, ...]

    @property
    def identical(self) -> bool:
        return not self.schema and all(table.identical for table in self.tables)


@dataclass(frozen=True, slots=True, kw_only=True)
class Collision:
    """One row that a version and a database both changed, so that only one of the two changes can be kept.

    `version` and `database` are the kinds of the two changes. `columns` are (column, old value, the version's value,
    the database's value) as in samples, for the columns that differ. A value is None on a side that removed the row,
    and the old value is None if both sides added the row.
    """

    key: tuple[tuple[str, Any], ...]
    version: Kind
    database: Kind
    columns: tuple[tuple[str, Any, Any, Any], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class ThreeWayTable:
    """The rows of one table: the version's changes, the database's changes, and the number of rows that collide."""

    name: str
    version: TableDiff
    database: TableDiff
    collisions: int = 0
    samples: tuple[Collision, ...] = ()

    @property
    def identical(self) -> bool:
        return self.version.identical and self.database.identical


@dataclass(frozen=True, slots=True, kw_only=True)
class ThreeWay:
    """The changes of two sides to their common origin. `tables` has every table of any side, the origin's first."""

    version_schema: tuple[SchemaChange, ...]
    database_schema: tuple[SchemaChange, ...]
    tables: tuple[ThreeWayTable, ...]

    @property
    def identical(self) -> bool:
        return not (self.version_schema or self.database_schema) and all(table.identical for table in self.tables)
