"""Make columns of all rows of a table, as vectors of integers on disk."""

from __future__ import annotations

from contextlib import ExitStack
from typing import TYPE_CHECKING

import numpy as np

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


def whole_vectors(plan: DeclaredPlan, planned: PlannedTable, column: str) -> dict[str, Ints]:
    """Return a column, or a parent's column, of all rows of a table, with the columns that are made together with it.

    Columns of one function are made together, and so are both sides of pairs. Pairs are made in whole blocks, each
    block once.

    Errors: UsageError for a column that the table does not have.
    """
    table, pairs = planned.table, planned.pairs
    if "." not in column:
        require_known([column], [each.name for each in table.stored], f"table {table.label} has no column")
    maker, names, begins = planned.makers.get(column), [column], NONE
    if isinstance(maker, MadeBy):
        several = maker.together(column)
        names = [name for name in several if name == column or has_integers(planned.kinds[name])]
    elif pairs is not None and column in (pairs.left, pairs.right):
        names, drawn = [pairs.left, pairs.right], plan.pairs(planned)
        begins = drawn.begins if isinstance(drawn, UniquePairs) else NONE
    with ExitStack() as stack:
        spills = [stack.enter_context(Spill()) for _ in names]
        for cut in plan.each_cut(plan.made[table.label], begins):
            for name, spill in zip(names, spills, strict=True):
                spill.append(np.asarray(plan.integers(planned, name, *cut)))
        return {name: spill.vector() for name, spill in zip(names, spills, strict=True)}
