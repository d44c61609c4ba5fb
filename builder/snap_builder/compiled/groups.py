"""Find the rows of a table that have equal values in some columns."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from snap_builder.compiled.arrays import places_in
from snap_builder.compiled.planned import referenced
from snap_builder.compiled.spilled import spilled
from snap_builder.declare.booking import Booking
from snap_builder.declare.checked import at
from snap_builder.declare.maker import NULL

if TYPE_CHECKING:
    from snap_builder.compiled.plan import DeclaredPlan
    from snap_builder.compiled.planned import PlannedTable

Places = NDArray[np.int32]


def grouped(plan: DeclaredPlan, planned: PlannedTable, columns: tuple[str, ...]) -> tuple[Places, Places]:
    """For each row, return how many earlier rows have the same values in `columns`, and the first of these rows.

    The number is -1 if one of the columns is NULL.
    """
    label = planned.table.label
    rows = plan.made[label]
    groups, known = np.zeros(rows, np.int64), np.ones(rows, np.bool_)
    for column in columns:
        if referenced(plan.tables, planned, column):
            values = plan.whole(label, column)
        else:
            values = places_in(plan.array(label, column), plan.distinct(label, column))
        known &= values != NULL
        codes = np.unique(values, return_inverse=True)[1]
        groups = np.unique(groups * (int(codes.max()) + 1) + codes, return_inverse=True)[1]
    order = np.argsort(groups, kind="stable")
    begins = np.searchsorted(groups[order], np.arange(int(groups.max(initial=0)) + 1))
    numbers = np.empty(len(groups), np.int32)
    numbers[order] = np.arange(len(groups)) - begins[groups[order]]
    numbers[~known] = -1
    return spilled(numbers), spilled(order[begins].astype(np.int32)[groups])


def require_turns(plan: DeclaredPlan) -> None:
    """Raise UsageError if a resource has more bookings than its period has turns (slots for one booking each)."""
    for planned in plan.tables.values():
        for name, word in planned.makers.items():
            if isinstance(word, Booking):
                with at(word):
                    word.require_turns(f"{planned.table.label}.{name}", plan.grouped(planned, word.by)[0])
