"""Make columns of all rows of a table, as vectors of integers on disk."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import ExitStack
from typing import TYPE_CHECKING

import numpy as np

from snap_builder.compiled.kept import Kept
from snap_builder.compiled.planned import PlannedTable
from snap_builder.compiled.spilled import Spill
from snap_builder.compiled.together import has_integers
from snap_builder.declare.checked import require_known
from snap_builder.declare.made_by import MadeBy
from snap_builder.engine.blocks import NONE
from snap_builder.engine.streams import Ints
from snap_builder.engine.unique_pairs import UniquePairs

if TYPE_CHECKING:
    from snap_builder.compiled.plan import DeclaredPlan


def make_whole(plan: DeclaredPlan, kept: Kept, planned: PlannedTable, column: str) -> Ints:
    """Return a column, or a parent's column, of all rows of a table. Keep it, with the columns made together with it.

    Errors: UsageError for a column that the table does not have.
    """
    label, names = planned.table.label, _made_with(planned, column)
    vectors: dict[str, Ints] = kept.keep(("vectors", label, *names), lambda: _vectors(plan, planned, names))
    for name, vector in vectors.items():
        kept.put(("integers", label, name), vector)
    return vectors[column]


def _made_with(planned: PlannedTable, column: str) -> list[str]:
    """Return the columns whose vectors are made together with a column's, or a parent's column's.

    Columns of one function are made together, and so are both sides of pairs.
    """
    table, pairs, maker = planned.table, planned.pairs, planned.makers.get(column)
    if "." not in column:
        require_known([column], [each.name for each in table.stored], f"table {table.label} has no column")
    if isinstance(maker, MadeBy):
        several = maker.together(column)
        return [name for name in several if name == column or has_integers(planned.kinds[name])]
    if pairs is not None and column in (pairs.left, pairs.right):
        return [pairs.left, pairs.right]
    return [column]


def _vectors(plan: DeclaredPlan, planned: PlannedTable, names: Sequence[str]) -> dict[str, Ints]:
    """Return columns of all rows of a table that are made together. Pairs are made in whole blocks, each block once."""
    table, pairs, begins = planned.table, planned.pairs, NONE
    if pairs is not None and names[0] == pairs.left:
        drawn = plan.pairs(planned)
        begins = drawn.begins if isinstance(drawn, UniquePairs) else NONE

    def make(start: int, stop: int) -> list[Ints]:
        return [np.asarray(plan.integers(planned, name, start, stop)) for name in names]

    with ExitStack() as stack:
        spills = [stack.enter_context(Spill()) for _ in names]
        for vectors in plan.in_turn(plan.made[table.label], make, begins):
            for vector, spill in zip(vectors, spills, strict=True):
                spill.append(vector)
        return {name: spill.vector() for name, spill in zip(names, spills, strict=True)}
