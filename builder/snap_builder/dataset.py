"""A dataset as the builder sees it: its schema, its volumes, and a plan that makes any part of any table."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from fractions import Fraction
from importlib.resources.abc import Traversable
from typing import TYPE_CHECKING, Protocol

from snap.manifest import Parameters
from snap.schema import Enum, Table
from snap_builder.locating import Source

if TYPE_CHECKING:
    import pyarrow as pa

    from snap.checks import RuleSet
    from snap_builder.media import Media


@dataclass(frozen=True, slots=True, kw_only=True)
class Inputs:
    """The inputs that fix every value: rows per table, proportions, seed and as-of.

    `as_of` is in microseconds since 1970, UTC. `proportions` are the rows that each table would have at scale 1. They
    say of how many parents a row may choose, so that these are the same in every build.
    """

    rows: Mapping[str, int]
    proportions: Mapping[str, Fraction]
    seed: int
    as_of: int


class Plan(Protocol):
    """The values that couple rows, computed once. Any thread can then make any part of any table, in any order."""

    def require(self) -> None:
        """Raise UsageError for what only all rows together can tell to be impossible."""

    def part(self, table: str, start: int, stop: int) -> pa.RecordBatch:
        """Return rows [start, stop) of the table of that name, with its Arrow schema."""


class Tester(Protocol):
    """What calls functions of people's own for any rows."""

    def test(self, table: str, column: str, start: int, stop: int) -> None:
        """Raise UsageError where a column's function is not pure for rows [start, stop), or gives no whole numbers."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Function:
    """A function of people's own that makes a column: `name` is its own, with the file and line that define it."""

    table: str
    column: str
    name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PublishedVersion:
    """A version that comes with a dataset: the parameters that fix its values, and the digest that they have."""

    parameters: Parameters
    digest: str


@dataclass(frozen=True, slots=True, kw_only=True)
class DeclaredEdge:
    """An edge case: row number `row` of a table holds `values`, texts by column; None is NULL."""

    table: str
    name: str
    row: int
    values: Mapping[str, str | None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Dataset:
    """A named declaration. `seed` and `as_of` (a date, 00:00 UTC) are the defaults.

    `part_rows` are the most rows that a part of each table has. `ahead` says by how many percent a table's rows come
    earlier than those of their parents, so that volumes which are rounded are met. `media` are the same files at every
    volume, seed and as-of; a dataset that has them has no table of that name. `postgres` is a folder of the SQL that
    health runs on a database: derived.sql, cache.sql and queries/*.sql, as far as the dataset has them. `revision` is
    the hash of all that fixes the values but the inputs, where the dataset has one. `settle` changes the rows of a
    build, given with the tables' proportions, to those that the dataset makes. `fixed` are how many first rows of each
    table are the same in every build, of the tables that have any. `edges` are rows that hold edge cases. `words` say
    of each column by which word it is made.
    `left` are CHECKs that no word promises to meet, each with its table.
    `functions` are those of people's own, `purity` gives what tests them where there are any.
    Where it is `budgeted`, its default profile's snapshots stay within the budget of bytes.
    `origin` is where it is declared, so that another process can make it too: a name where it comes with snap, None
    where it is made by hand.
    `versions` are those that come with it, by name: in every project that name means those values.
    """

    name: str
    tables: tuple[Table, ...]
    enums: tuple[Enum, ...]
    sql: str
    profiles: Mapping[str, Mapping[str, int]]
    default_profile: str
    seed: int
    as_of: str
    part_rows: Mapping[str, int]
    settle: Callable[[Mapping[str, int], Mapping[str, Fraction]], Mapping[str, int]]
    plan: Callable[[Inputs], Plan]
    rules: Callable[[], RuleSet]
    media: Callable[[], Media] | None = None
    postgres: Traversable | None = None
    revision: str | None = None
    words: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    left: tuple[tuple[str, str], ...] = ()
    functions: tuple[Function, ...] = ()
    purity: Callable[[Inputs], Tester] | None = None
    fixed: Mapping[str, int] = field(default_factory=dict)
    edges: tuple[DeclaredEdge, ...] = ()
    versions: Mapping[str, PublishedVersion] = field(default_factory=dict)
    budgeted: bool = False
    ahead: Mapping[str, int] = field(default_factory=dict)
    origin: Source | str | None = None

    @property
    def default_parameters(self) -> Parameters:
        """The parameters of a build that asks for nothing else."""
        return Parameters(
            dataset=self.name, profile=self.default_profile, scale="1", sets=(), seed=self.seed, as_of=self.as_of
        )
