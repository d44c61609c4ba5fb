"""Shapes of a database's tables, without a row of them: the planner's statistics, and counts of foreign keys.

The restorer reads shapes, the builder writes declarations from them, and two of them can be compared.
docs/statistics.md says which values may leave a database.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

LEAST = 20  # rows that must share a value before it may leave a database
ENOUGH = 100  # rows from which columns are learned: each of fewer is more than 1 %, and shares are in whole percent


@dataclass(frozen=True, slots=True, kw_only=True)
class ColumnShape:
    """The statistics of a column's values. A share is a fraction of all rows, from 0 to 1.

    `distinct` is the estimated number of distinct values, `width` the mean bytes of a value. `frequencies` are the
    shares of the most frequent values, without the values. `quantiles` are numbers or dates that divide the rows into
    equal parts. `shares` maps the values of a category to the fraction of rows that hold each value.
    """

    name: str
    nulls: float
    distinct: float
    width: int
    frequencies: tuple[float, ...] = ()
    quantiles: tuple[str, ...] = ()
    shares: tuple[tuple[str, float], ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class ReferenceShape:
    """How many child rows the parent rows of a foreign key have.

    `parents` is the number of parents that have a child row. `rows` are the numbers of child rows per parent at each
    percentile, in rising order. The last number is the maximum.
    """

    columns: tuple[str, ...]
    parent: str
    parents: int
    rows: tuple[int, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class TableShape:
    """The shapes of a table's columns and foreign keys, as far as they are known. `rows` is an estimate."""

    label: str
    rows: int
    columns: tuple[ColumnShape, ...] = ()
    references: tuple[ReferenceShape, ...] = ()

    def column(self, name: str) -> ColumnShape | None:
        return next((column for column in self.columns if column.name == name), None)

    def reference(self, columns: Sequence[str]) -> ReferenceShape | None:
        return next((each for each in self.references if each.columns == tuple(columns)), None)


@dataclass(frozen=True, slots=True, kw_only=True)
class Shapes:
    """The shapes of a database's tables. `warnings` say which tables or columns have no shape, and why."""

    tables: tuple[TableShape, ...]
    warnings: tuple[str, ...] = field(default=())

    @property
    def small(self) -> tuple[str, ...]:
        """Return the tables with too few rows to learn their columns from, each with its number of rows."""
        return tuple(f"{table.label} ({table.rows})" for table in self.tables if 0 < table.rows < ENOUGH)

    def table(self, label: str) -> TableShape | None:
        return next((table for table in self.tables if table.label == label), None)


@dataclass(frozen=True, slots=True, kw_only=True)
class Privacy:
    """The limits on values that may leave a database in its statistics, in addition to the limits by column type.

    No value of the columns `private`, as (table's label, column), leaves the database. Neither does a category that
    contains one of the `names` of people as a word, in lower case.
    """

    private: frozenset[tuple[str, str]] = frozenset()
    names: tuple[str, ...] = ()
