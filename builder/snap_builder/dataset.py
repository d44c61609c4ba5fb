"""What a dataset is to the builder: its schema, its volumes, and a plan that makes any part of any table."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from fractions import Fraction
from importlib.resources.abc import Traversable
from typing import TYPE_CHECKING, Protocol

from snap.schema import Enum, Table

if TYPE_CHECKING:
    from importlib.resources.abc import Traversable

    import pyarrow as pa

    from snap.checks import RuleSet
    from snap_builder.media import Media


@dataclass(frozen=True, slots=True, kw_only=True)
class Inputs:
    """All that fixes every value: rows per table, the proportions that key schedules follow, seed and as-of.

    `as_of` is in microseconds since 1970, UTC. `proportions` are what the tables would hold at scale 1.
    """

    rows: Mapping[str, int]
    proportions: Mapping[str, Fraction]
    seed: int
    as_of: int


class Plan(Protocol):
    """Keys are fixed; every part of every table can now be made on its own, in any order, from any thread."""

    def part(self, table: str, start: int, stop: int) -> pa.RecordBatch:
        """Make rows [start, stop) of a table (by name), with its Arrow schema."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Dataset:
    """A named definition. `seed` and `as_of` (a date, 00:00 UTC) are the defaults; `part_rows` bounds a part.

    `media` are the same files at every volume, seed and as-of. A dataset that has them has no table of that name.
    `postgres` holds what a database is asked for its health: derived.sql, cache.sql, and queries/*.sql, if it has them.
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
