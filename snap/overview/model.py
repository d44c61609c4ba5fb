"""The result of `overview_of`. Values are texts as DuckDB prints them, and None is NULL."""

from __future__ import annotations

from dataclasses import dataclass

from snap.schema import Column, ForeignKey, Table

LONGEST = 60  # the most characters of a value; a longer one ends with an ellipsis


@dataclass(frozen=True, slots=True, kw_only=True)
class Frequent:
    """A value that several rows hold, and the number of these rows."""

    value: str
    rows: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Histogram:
    """The number of rows in each of several equally wide ranges, from the least value `low` to the greatest `high`."""

    rows: tuple[int, ...]
    low: str
    high: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ColumnOverview:
    """The values of a column. `distinct` does not count NULL. `once` is the number of values that one row holds."""

    column: Column
    nulls: int
    distinct: int
    once: int = 0
    frequent: tuple[Frequent, ...] = ()
    histogram: Histogram | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class FanOut:
    """How many child rows the parent rows of a foreign key have, over all `parents`. `childless` parents have none."""

    key: ForeignKey
    parents: int
    childless: int
    least: int
    median: int
    p95: int
    most: int


@dataclass(frozen=True, slots=True, kw_only=True)
class TableOverview:
    """A table's stored columns, the foreign keys whose parents the snapshot holds, and a few sample rows.

    In `samples` the texts of key columns are complete, so that rows can be found by them. Other values are shortened.
    """

    table: Table
    columns: tuple[ColumnOverview, ...]
    fan_outs: tuple[FanOut, ...]
    samples: tuple[tuple[str | None, ...], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Overview:
    """The overview of a snapshot, its tables in the manifest's order."""

    tables: tuple[TableOverview, ...]
