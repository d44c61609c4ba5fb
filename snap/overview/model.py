"""What `overview_of` returns. Values are texts as DuckDB prints them; None is NULL."""

from __future__ import annotations

from dataclasses import dataclass

from snap.schema import Column, ForeignKey, Table

LONGEST = 60  # characters of a value; of a longer one an ellipsis stands for the rest


@dataclass(frozen=True, slots=True, kw_only=True)
class Frequent:
    """A value that several rows hold, and how many do."""

    value: str
    rows: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Histogram:
    """The rows of each of several ranges, all equally wide, from the least value `low` to the greatest `high`."""

    rows: tuple[int, ...]
    low: str
    high: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ColumnOverview:
    """The values of a column. `distinct` does not count NULL."""

    column: Column
    nulls: int
    distinct: int
    frequent: tuple[Frequent, ...] = ()
    histogram: Histogram | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class FanOut:
    """How many rows a parent of a reference has, over all `parents`; `childless` have none."""

    key: ForeignKey
    parents: int
    childless: int
    least: int
    median: int
    p95: int
    most: int


@dataclass(frozen=True, slots=True, kw_only=True)
class TableOverview:
    """A table's stored columns, the references whose parents the snapshot holds, and a few rows of stored columns.

    The texts of key columns are whole in `samples`, so that rows can be found by them; other values are shortened.
    """

    table: Table
    columns: tuple[ColumnOverview, ...]
    fan_outs: tuple[FanOut, ...]
    samples: tuple[tuple[str | None, ...], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Overview:
    """The overview of a snapshot, its tables in the manifest's order."""

    tables: tuple[TableOverview, ...]


def shortened(text: str) -> str:
    """Return a text of LONGEST characters at most."""
    return text if len(text) <= LONGEST else text[: LONGEST - 1] + "…"
