"""Shapes of a database's tables, without a row of them: what the planner's statistics say, and counts of references.

The restorer reads them, the builder writes declarations by them, and two of them are compared. docs/statistics.md says
what may leave a database.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

LEAST = 20  # rows that share what leaves a database


@dataclass(frozen=True, slots=True, kw_only=True)
class ColumnShape:
    """The shape of a column. Shares are of all rows, from 0 to 1.

    `distinct` is an estimate of how many values there are, `width` the mean bytes of one. `frequencies` are the shares
    of the most frequent values, whatever these are. `quantiles` are numbers or moments: as many rows lie between two
    of them as between any others. `shares` are values of a category with their shares.
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
    """How many rows the parents of a reference have.

    `parents` are those with a row, and `rows` the numbers of rows of a hundredth of them each, rising; the last one is
    the largest.
    """

    columns: tuple[str, ...]
    parent: str
    parents: int
    rows: tuple[int, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class TableShape:
    """The shapes of a table's columns and references, as far as there are any. `rows` is an estimate."""

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
    """The shapes of a database's tables. `warnings` say what has none, and why."""

    tables: tuple[TableShape, ...]
    warnings: tuple[str, ...] = field(default=())

    def table(self, label: str) -> TableShape | None:
        return next((table for table in self.tables if table.label == label), None)


@dataclass(frozen=True, slots=True, kw_only=True)
class Privacy:
    """What is asked of a database's statistics besides the types of its columns.

    No value of the columns `private`, (table's label, column), leaves the database; nor does a category in which one of
    the `names` of people, in lower case, is a word.
    """

    private: frozenset[tuple[str, str]] = frozenset()
    names: tuple[str, ...] = ()
