"""The rows of a table that are being made, as words read them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa

from snap.schema import Column
from snap.types import Type
from snap_builder.compiled.arrays import array_of, integers_of, scale_of
from snap_builder.compiled.planned import PlannedTable, kind_of, referenced
from snap_builder.declare.maker import MOMENTS, NULL, NUMBERS, Maker, Values, with_nulls
from snap_builder.engine.streams import Ints, Seeds

if TYPE_CHECKING:
    from snap_builder.compiled.plan import DeclaredPlan


@dataclass(frozen=True, slots=True, kw_only=True)
class MadeRows:
    """Rows of a table while they are made: what a maker reads (snap_builder.declare.maker.Rows)."""

    plan: DeclaredPlan
    planned: PlannedTable
    seeds: Seeds
    name: str
    column: Column
    start: int
    stop: int
    as_of: int
    tested: bool

    @property
    def scale(self) -> int:
        return scale_of(self._kind.scalar)

    @property
    def nested(self) -> bool:
        return False

    @property
    def _kind(self) -> Type:
        return self.planned.kind(self.column.name)

    def integers(self, path: str) -> Ints:
        return self.integers_of(path, self.start, self.stop)

    def integers_of(self, path: str, start: int, stop: int) -> Ints:
        """Return another column's integers for rows [start, stop), which may be more than the rows being made.

        A word that makes whole blocks needs all rows of its blocks.
        """
        return self.plan.integers(self.planned, path, start, stop)

    def seeds_of(self, path: str) -> Seeds:
        table = referenced(self.plan.tables, self.planned, path)
        assert table is not None  # requirements.py refuses other columns
        return self.plan.seeds(self.plan.tables[table])

    def texts(self, path: str) -> pa.StringArray:
        return self.plan.texts(self.planned, path, self.start, self.stop)

    def copied(self, path: str) -> Values:
        there, here = kind_of(self.plan.tables, self.planned, path), self._kind.scalar
        if there.logical not in (*NUMBERS, *MOMENTS):
            return self.stored(path)
        # The integers of a reference are row numbers of the parent, not its keys.
        keys = referenced(self.plan.tables, self.planned, path) is not None
        values = integers_of(self.stored(path), there, None) if keys else self.integers(path)
        more = scale_of(here) - scale_of(there)
        return np.where(values == NULL, NULL, values * 10**more if more >= 0 else values // 10**-more)

    def stored(self, path: str) -> pa.Array:
        return self.plan.array_of(self.planned, path, self.start, self.stop)

    def items(self, values: Values, of: Maker) -> pa.Array:
        return array_of(values, self._kind.scalar, of.choices)

    def number_of(self, columns: tuple[str, ...]) -> Ints:
        numbers = self.plan.grouped(self.planned, columns)[0][self.start : self.stop].astype(np.int64)
        return with_nulls(numbers, numbers < 0)

    def first_of(self, columns: tuple[str, ...]) -> Ints:
        return self.plan.grouped(self.planned, columns)[1][self.start : self.stop].astype(np.int64)
