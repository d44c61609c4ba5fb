"""The result of a comparison. Added is in B and not in A, removed the reverse; a changed key is one of each."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Any


class Kind(StrEnum):
    """What happened to a row, or to a part of the schema."""

    ADDED = "added"
    REMOVED = "removed"
    CHANGED = "changed"


@dataclass(frozen=True, slots=True, kw_only=True)
class SchemaChange:
    """One difference between two schemas.

    `what` is table, column, type, stored, nullable, generated, primary_key, unique, foreign_key or enum. `table` is a
    label, None for an enum; `name` is the column's or the enum's, empty where the change is of the table as a whole.
    `before` and `after` are texts for people, None on the side that lacks the thing.
    """

    kind: Kind
    what: str
    table: str | None
    name: str = ""
    before: str | None = None
    after: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Sample:
    """One differing row. `key` names it; `before` and `after` hold (column, value), only differing ones in a change.

    Values are None, bool, int, or text as DuckDB prints it. Without a key, `key` is empty and
    `count` how many such rows.
    """

    kind: Kind
    key: tuple[tuple[str, Any], ...]
    before: tuple[tuple[str, Any], ...] = ()
    after: tuple[tuple[str, Any], ...] = ()
    count: int = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class TableDiff:
    """The rows of one table. `columns`: in how many changed rows each column differs, those that do, in table order.

    `derived` are those of `columns` that triggers keep.
    """

    name: str
    added: int = 0
    removed: int = 0
    changed: int = 0
    unchanged: int = 0
    columns: tuple[tuple[str, int], ...] = ()
    derived: frozenset[str] = frozenset()
    samples: tuple[Sample, ...] = ()

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
    """One row that a version and a database both changed since, so that not both can be kept.

    `version` and `database` say what each did. `columns` are (column, old, the version's, the database's value) as in
    samples: those that differ, None on a side that removed the row, and for `old` where both added it.
    """

    key: tuple[tuple[str, Any], ...]
    version: Kind
    database: Kind
    columns: tuple[tuple[str, Any, Any, Any], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class ThreeWayTable:
    """The rows of one table: what the version changes, what the database did, and how many rows collide."""

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
    """What two sides did to a third that both came from. `tables` has every table of any side, the origin's first."""

    version_schema: tuple[SchemaChange, ...]
    database_schema: tuple[SchemaChange, ...]
    tables: tuple[ThreeWayTable, ...]

    @property
    def identical(self) -> bool:
        return not (self.version_schema or self.database_schema) and all(table.identical for table in self.tables)
