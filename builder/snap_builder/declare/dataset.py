"""A dataset as its author declares it: everything that the schema does not say."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from snap.errors import UsageError
from snap_builder.declare.checked import Count, Positive, declared
from snap_builder.declare.maker import Maker
from snap_builder.declare.references import Pairs


@declared
@dataclass(frozen=True, slots=True)
class Table:
    """How a table's rows are made. `rows` is their number in the profile of scale 1.

    A column that is not named gets a maker by its key, its type and its name. `stream` names the table's streams of
    random bits, so that a renamed table keeps its values.

    `edges` are edge cases by name, one row each: `{"leap day": {"born_on": "2024-02-29"}}`. They take the first rows
    after those of the schema's script. The manifest and `snap show` list them with their keys. `standard_edges=True`
    puts the usual edge cases into all columns that nothing else reads, couples or chooses from, in the 13 rows before
    the named ones; a list names columns.

    `traits` are columns that no file holds, by name: `{"activity": weights(1, 2, 4, 8)}`. Any word that makes values
    can make them. Every path reads them as it reads columns (`user.activity`), and so do scores, `weight=` and
    `where=`. An edge case may name them too. Their type follows from their word: numbers are `bigint`, amounts
    `numeric`, moments `timestamptz`, texts `text`.

    Guarantees: as many rows, in proportion at every scale; a child's number of rows follows those of its parents,
    rounded down. Edge cases stand in the same rows at every scale, and values derived from them are right. A new trait
    changes nothing that does not read it. Owns: the columns that it names, those of `pairs`, and its traits. Costs:
    nothing; the shares of a block with edge cases may be off by as many rows. Refuses: a table or a column that the
    schema does not have, fewer than one row, and fewer rows than the edge cases take; an edge case that its column
    cannot hold: by its type, a CHECK, a key, a reference, or because other values give it; a trait with the name of a
    column, and a trait that is a reference.

    Example:
        Table("users", 300, columns={"region": choice(eu=50, us=40, apac=10)},
              traits={"taste": weights(1, 2, 3)},
              edges={"longest name": {"name": longest(80), "taste": 3}}, standard_edges=["phone"])
    """

    name: str
    rows: Count
    columns: Mapping[str, Maker] = field(default_factory=dict)
    pairs: Pairs | None = None
    stream: str | None = None
    edges: Mapping[str, Mapping[str, object]] = field(default_factory=dict, kw_only=True)
    standard_edges: bool | Sequence[str] = field(default=False, kw_only=True)
    traits: Mapping[str, Maker] = field(default_factory=dict, kw_only=True)
    written: str | None = field(default=None, compare=False, repr=False, kw_only=True)


@declared
@dataclass(frozen=True, slots=True, kw_only=True)
class Dataset:
    """A declaration: rows, columns and references of tables, over the schema that a Postgres has read.

    `rows` has tables that need only a number of rows: `Dataset(rows={"users": 300})`. `profiles` are names for volumes:
    a scale, or the rows of some tables. A table that such a profile does not name keeps its number of rows at
    scale 1, and a table that nothing declares has three rows for each row of its largest parent table. `--scale`
    multiplies either. `as_of` is a date, 00:00 UTC. No moment comes after it unless a word asks for that:
    `during("-1y", "+90d")`, `upto="+120d"`. `checks` is a folder of rules beside the file.

    Guarantees: the same seed, as-of, scale and declaration give the same bytes. At a larger scale of a profile the same
    rows come first, except for derived columns. Owns: every table of the schema: a table that is not named gets three
    rows for each row of its parents. Costs: the memory of a part. Refuses: a table that is declared twice, a scale that
    leaves a table without a row, and a profile with a table that the schema does not have.

    Example:
        Dataset(
            seed=7,
            as_of="2026-11-01",
            profiles={"dev": 1, "load": 200, "many users": {"orgs": 40, "users": 9_000}},
            rows={"orgs": 40},
            tables=[Table("users", rows=300, columns={"region": choice(eu=50, us=40, apac=10)})],
        )
    """

    seed: int = 1
    as_of: str = "2026-01-01"
    profiles: Mapping[str, Positive | Mapping[str, Positive]] = field(default_factory=lambda: {"dev": 1})
    rows: Mapping[str, Count] = field(default_factory=dict)
    tables: Sequence[Table] = ()
    checks: str | None = None

    def __post_init__(self) -> None:
        names = [*self.rows, *(table.name for table in self.tables)]
        twice = next((name for name in names if names.count(name) > 1), None)
        if twice is not None:
            raise UsageError(f"table {twice} is declared twice", "declare it once")
        few = next((table.name for table in self.declared if table.rows < 1), None)
        if few is not None:
            raise UsageError(f"table {few} has no row", "ask for 1 or more")
        if not self.profiles:
            raise UsageError("the dataset has no profile", 'write profiles={"dev": 1}')
        if not _is_day(self.as_of):
            raise UsageError(f"as_of={self.as_of!r} is not a date", 'write as_of="2026-11-01"')

    @property
    def declared(self) -> tuple[Table, ...]:
        """All tables that are named."""
        return (*(Table(name, count) for name, count in self.rows.items()), *self.tables)


def _is_day(text: str) -> bool:
    try:
        return dt.date.fromisoformat(text).isoformat() == text
    except ValueError:
        return False
