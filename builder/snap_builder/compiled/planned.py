"""A table of a declaration that was checked against its schema: what a plan makes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import pyarrow as pa

from snap.schema import Table
from snap.types import Type
from snap_builder.declare.maker import Maker
from snap_builder.declare.polymorphic import Polymorphic
from snap_builder.declare.references import Pairs
from snap_builder.infer.joint import Joint
from snap_builder.infer.references import Parent


@dataclass(frozen=True, slots=True, kw_only=True)
class PlannedTable:
    """A table and the makers of its columns. `parents` are what its references name, by column; `kinds` the types
    beneath domains; `fixed` its first rows, which the schema's script inserts; `joints` what couples columns."""

    table: Table
    makers: Mapping[str, Maker]
    parents: Mapping[str, Parent]
    kinds: Mapping[str, Type]
    pairs: Pairs | None
    stream: str
    fixed: pa.RecordBatch
    joints: Mapping[str, Joint]
    declared: bool  # how many rows it has

    def reference(self, name: str) -> str:
        """Return the column of a reference by the name that paths use: `org` for org_id."""
        return name if name in self.parents else f"{name}_id"

    @property
    def constant(self) -> bool:
        """Whether the table has its fixed rows and no others at any scale: nobody said how many rows it has."""
        return self.fixed.num_rows > 0 and not self.declared

    @property
    def above(self) -> tuple[str, ...]:
        """The tables whose rows those of this one name."""
        words = [maker for maker in self.makers.values() if isinstance(maker, Polymorphic)]
        several = [target.table for word in words for target in word.targets]
        return (*(parent.label for parent in self.parents.values()), *several)
