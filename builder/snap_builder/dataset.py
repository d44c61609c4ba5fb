"""A dataset as the builder sees it: its schema, its volumes, and a plan that makes any part of any table."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from fractions import Fraction
from importlib.resources.abc import Traversable
from typing import TYPE_CHECKING, Protocol

from snap.schema import Enum, Table

if TYPE_CHECKING:
    import pyarrow as pa

    from snap.checks import RuleSet
    from snap_builder.media import Media


@dataclass(frozen=True, slots=True, kw_only=True)
class Inputs:
    """The inputs that fix every value: rows per table, the proportions that pair schedules follow, seed and as-of.

    `as_of` is in microseconds since 1970, UTC. `proportions` are the rows that each table would have at scale 1.
    """

    rows: Mapping[str, int]
    proportions: Mapping[str, Fraction]
    seed: int
    as_of: int


class Plan(Protocol):
    """The values that couple rows, computed once. Any thread can then make any part of any table, in any order."""

    def part(self, table: str, start: int, stop: int) -> pa.RecordBatch:
        """Return rows [start, stop) of the table of that name, with its Arrow schema."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Dataset:
    """A named declaration. `seed` and `as_of` (a date, 00:00 UTC) are the defaults.

    `part_rows` are the most rows that a part of each table has. `media` are the same files at every volume, seed and
    as-of; a dataset that has them has no table of that name. `postgres` is a folder of the SQL that health runs on a
    database: derived.sql, cache.sql and queries/*.sql, as far as the dataset has them.
    """

    name: str
    tables: tuple[Table, ...]
    enums: tuple[Enum, ...]
    sql: str
    profiles: Mapping[str, Mapping[str, int]]
    budget_profile: str
    seed: int
    as_of: str
    part_rows: Mapping[str, int]
    plan: Callable[[Inputs], Plan]
    rules: Callable[[], RuleSet]
    media: Callable[[], Media] | None = None
    postgres: Traversable | None = None
