"""Make polymorphic references: each row references a row of one of several tables, which its type column names."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from snap.types.arrow import storage
from snap_builder.compiled.arrays import taken, typed
from snap_builder.compiled.links import References, Scope
from snap_builder.compiled.planned import PlannedTable
from snap_builder.declare.maker import NULL
from snap_builder.declare.polymorphic import Polymorphic

if TYPE_CHECKING:
    from snap_builder.compiled.plan import DeclaredPlan


def of_several(
    plan: DeclaredPlan, planned: PlannedTable, name: str, word: Polymorphic, start: int, stop: int
) -> pa.Array:
    """Return a polymorphic column's values for rows [start, stop), each from the table that the row's type names."""
    column, kinds = planned.table.column(name), plan.values(planned, word.kind, start, stop)
    arrays = []
    for place, target in enumerate(word.targets):
        label = f"{planned.table.label}.{name} ({target.value})"
        references = plan.keep(
            ("reference", planned.table.label, name, target.value),
            partial(
                References,
                plan.seeds(planned),
                f"{word.stream or name}\0{target.value}",
                label,
                plan.ends_between(planned.table.label, target.table),
                word.reference(target),
                Scope(),
                nullable=column.nullable,
                made=plan.made[planned.table.label],
                fixed=np.empty(0, np.int64),
            ),
        )
        rows = np.where(kinds == place, references.rows(start, stop), NULL)
        to = target.column or plan.tables[target.table].table.primary_key[0]
        arrays.append(storage(typed(taken(plan.array(target.table, to), rows), column.type)))
    return typed(pc.coalesce(*arrays), column.type)
