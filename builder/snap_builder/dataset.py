"""A dataset as the builder sees it: its schema, its volumes, and a plan that makes any part of any table."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass, field
from fractions import Fraction
from importlib.resources.abc import Traversable
from typing import TYPE_CHECKING, Protocol, TypeAlias

from snap.manifest import Parameters
from snap.schema import Enum, Table
from snap_builder.locating import Source

if TYPE_CHECKING:
    import pyarrow as pa

    from snap.checks import RuleSet
    from snap_builder.engine.streams import Ints
    from snap_builder.media import Media


@dataclass(frozen=True, slots=True, kw_only=True)
class Inputs:
    """The inputs that fix every value: rows per table, proportions, seed and as-of.

    `as_of` is in microseconds since 1970, UTC. `proportions` are the rows that each table would have at scale 1. They
    determine from how many parents a row may choose, so that this number is the same in every build.
    """

    rows: Mapping[str, int]
    proportions: Mapping[str, Fraction]
    seed: int
    as_of: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Sums:
    """Sums over child rows by parent, for one word that computes from children. All vectors have shape (parents,).

    `word` is the word's number, `parents` are the numbers of the parents' rows, `numbers` say how many of their
    children have a value, and `values` are the combinations of these values.
    """

    word: int
    parents: Ints
    numbers: Ints
    values: Ints


@dataclass(frozen=True, slots=True, kw_only=True)
class EarlyPart:
    """Rows without their late columns, and the sums over them for each word that needs these rows."""

    rows: pa.RecordBatch
    sums: tuple[Sums, ...]


# Returns the sums over the rows of a child table for a word (by number) whose table has so many rows.
ReadSums: TypeAlias = "Callable[[str, int, int], Iterable[Sums]]"


class Plan(Protocol):
    """The plan of a build: computes the values that couple rows once, then makes parts.

    Any thread can make any part of any table, in any order.
    """

    def require(self) -> None:
        """Raise UsageError if all rows together make the build impossible, such as too many bookings of a resource."""

    def part(self, table: str, start: int, stop: int, columns: Collection[str] | None = None) -> pa.RecordBatch:
        """Return rows [start, stop) of a table as a record batch with the table's Arrow schema, or some columns of it.

        `columns` are given in any order.
        """

    def early_part(self, table: str, start: int, stop: int, columns: Collection[str]) -> EarlyPart:
        """Return some columns of rows [start, stop), and the sums over these rows for derived columns of parents."""

    def add_up(self, read: ReadSums) -> None:
        """Take the sums over the children in all parts, which `read` returns."""


class Tester(Protocol):
    """A plan that calls user-defined functions for any rows to test them."""

    def test(self, table: str, column: str, start: int, stop: int) -> None:
        """Raise UsageError if a column's function is impure for rows [start, stop), or its values do not fit."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Function:
    """A user-defined function that makes a column.

    `name` is the function's own name, with the file and line that define it.
    """

    table: str
    column: str
    name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PublishedVersion:
    """A version that comes with a dataset: its parameters, and the digest of its values."""

    parameters: Parameters
    digest: str


@dataclass(frozen=True, slots=True, kw_only=True)
class DeclaredEdge:
    """An edge case: the values that row number `row` of a table holds.

    `values` maps columns to texts; None is NULL.
    """

    table: str
    name: str
    row: int
    values: Mapping[str, str | None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Dataset:
    """A named dataset: its schema, its volumes, its plan and its rules.

    `seed` and `as_of` (a date, 00:00 UTC) are the defaults. `part_rows` are the most rows that a part of each table
    has. `ahead` says by what percentage a table's rows come earlier than those of their parents, so that rounded
    volumes are met. `media` are the same files at every volume, seed and as-of; a dataset with media has no table of
    that name. `postgres` is a folder of the SQL that health runs on a database: derived.sql, cache.sql and
    queries/*.sql, as far as they exist. `revision` is the hash of everything that determines the values except the
    inputs of a build; None if the dataset has none. `settle` takes the rows of a build and the tables' proportions, and
    returns the rows that the dataset makes. `fixed` says how many first rows of a table are the same in every build,
    for the tables that have such rows. `edges` are the rows that hold edge cases. `words` describes the word that makes
    each column. `left` are the CHECKs that no word promises to meet, each with its table.

    `late` are the columns, by table, that read derived ones: they depend on the children in all parts. `summed` are the
    tables whose rows are summed for that, part by part. `functions` are the user-defined functions, and `purity`
    returns the plan that tests them, if there are any. If `budgeted`, snapshots of the default profile have to stay
    within the budget of bytes. `origin` is where the dataset is declared, so that another process can load it: a name
    if it comes with snap, None if it was made in memory. `versions` are the versions that come with the dataset, by
    name. In every project, such a name means the same values.
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
    late: Mapping[str, frozenset[str]] = field(default_factory=dict)
    summed: frozenset[str] = frozenset()
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
        """The parameters of a build without any options."""
        return Parameters(
            dataset=self.name, profile=self.default_profile, scale="1", sets=(), seed=self.seed, as_of=self.as_of
        )
