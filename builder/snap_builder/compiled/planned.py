"""A declared table that was checked against its schema, as a plan uses it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import pyarrow as pa

from snap.schema import Table
from snap.types import Type
from snap_builder.declare.maker import Maker
from snap_builder.declare.polymorphic import Polymorphic
from snap_builder.declare.references import Pairs
from snap_builder.infer.joint import Coupled
from snap_builder.infer.references import Parent


@dataclass(frozen=True, slots=True, kw_only=True)
class EdgeRow:
    """A row that holds an edge case: its number, and an array of one value for each column."""

    name: str
    row: int
    values: Mapping[str, pa.Array]


@dataclass(frozen=True, slots=True, kw_only=True)
class PlannedTable:
    """A table and the makers of its columns.

    `parents` are the parents of references, by column. `kinds` are the columns' types beneath domains. `fixed` are the
    first rows, which the schema's script inserts. `joints` has the columns that CHECKs couple. `edges` are the rows
    that hold edge cases. `traits` are the columns of `table` that no file holds.
    """

    table: Table
    makers: Mapping[str, Maker]
    parents: Mapping[str, Parent]
    kinds: Mapping[str, Type]
    pairs: Pairs | None
    stream: str
    fixed: pa.RecordBatch
    joints: Mapping[str, Coupled]
    grows: bool  # whether it has more rows than its fixed ones
    labels: Mapping[str, tuple[str, ...]]  # labels of enum types
    edges: tuple[EdgeRow, ...] = ()
    traits: frozenset[str] = frozenset()

    @property
    def filed(self) -> Table:
        """The table as files store it, without its traits."""
        return self.table.without(self.traits)

    def kind(self, name: str) -> Type:
        """Return the type of a column or a trait, beneath domains."""
        return self.kinds.get(name, self.table.column(name).type)

    def fixed_rows(self, name: str) -> int:
        """Return how many of a column's first rows the schema's script inserts, 0 for a trait."""
        return 0 if name in self.traits else self.fixed.num_rows

    def reference(self, name: str) -> str:
        """Return the reference column for the name that paths use: `org_id` for `org`."""
        return name if name in self.parents else f"{name}_id"

    def edges_within(self, name: str, start: int, stop: int) -> tuple[list[int], list[pa.Array]]:
        """Return the rows of [start, stop) that hold an edge case in a column, and their values.

        Rows are counted from `start`.
        """
        here = [edge for edge in self.edges if name in edge.values and start <= edge.row < stop]
        return [edge.row - start for edge in here], [edge.values[name] for edge in here]

    @property
    def constant(self) -> bool:
        """Whether the table has only its fixed rows at any scale, because no others are declared."""
        return self.fixed.num_rows > 0 and not self.grows

    @property
    def above(self) -> tuple[str, ...]:
        """The tables whose rows this table references."""
        words = [maker for maker in self.makers.values() if isinstance(maker, Polymorphic)]
        several = [target.table for word in words for target in word.targets]
        return (*(parent.label for parent in self.parents.values()), *several)


def kind_of(tables: Mapping[str, PlannedTable], planned: PlannedTable, path: str) -> Type:
    """Return the type, beneath domains, of the column that a path names."""
    name, _, rest = path.partition(".")
    if rest:
        return kind_of(tables, tables[planned.parents[planned.reference(name)].label], rest)
    return planned.kinds[name]


def referenced(tables: Mapping[str, PlannedTable], planned: PlannedTable, path: str) -> str | None:
    """Return the table whose row numbers a path's integers are, or None if they are values."""
    name, _, rest = path.partition(".")
    if rest:
        return referenced(tables, tables[planned.parents[planned.reference(name)].label], rest)
    return planned.parents[name].label if name in planned.parents else None
