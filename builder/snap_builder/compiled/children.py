"""Compute values from the children of a row: counts, sums, averages, first and last values."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np

from snap_builder.compiled.arrays import scale_of
from snap_builder.compiled.planned import PlannedTable
from snap_builder.compiled.spilled import spilled
from snap_builder.declare.derived import Derived, OfChildren, OfSeveral
from snap_builder.declare.maker import NULL, NUMBERS
from snap_builder.engine.averages import averages
from snap_builder.engine.streams import Ints

if TYPE_CHECKING:
    from snap_builder.compiled.plan import DeclaredPlan

_LEAST = np.iinfo(np.int64).min
# How the values of children are combined, and the result without children.
_COMBINE: Mapping[str, tuple[Any, int]] = {
    "count": (np.add, 0),
    "sum": (np.add, 0),
    "average": (np.add, 0),
    "first": (np.minimum, NULL),
    "last": (np.maximum, _LEAST),
}


def computed(plan: DeclaredPlan, planned: PlannedTable, name: str, word: Derived, start: int, stop: int) -> Ints:
    """Return a derived column's values for rows [start, stop), from their child rows and from their other columns."""
    made = [
        plan.keep(
            ("derived", planned.table.label, name, each.child, each.column or ""),
            partial(_gathered, plan, planned, name, each),
        )[start:stop]
        for each in word.of_children()
    ]
    if not isinstance(word, OfSeveral):
        return made[0]
    made += [_scaled(plan.values(planned, path, start, stop), planned, path, name) for path in word.own]
    if word.kind == "first":
        return np.minimum.reduce(made)  # NULL is greater than every value
    last = np.maximum.reduce([np.where(each == NULL, _LEAST, each) for each in made])
    return np.where(last == _LEAST, NULL, last)


def _scaled(values: Ints, planned: PlannedTable, there: str, here: str) -> Ints:
    """Return the integers of column `there`, converted to the decimal places of column `here` of the same table."""
    kind = planned.kinds[there]
    more = scale_of(planned.kinds[here]) - scale_of(kind) if kind.logical in NUMBERS else 0
    return np.where(values == NULL, NULL, np.where(values == NULL, 0, values) * 10**more)


def _gathered(plan: DeclaredPlan, planned: PlannedTable, name: str, word: OfChildren) -> Ints:
    """Return one number for each row of a table, combined from its child rows. The child table is read in cuts."""
    child = plan.tables[word.child]
    by = word.by or next(key for key, parent in child.parents.items() if parent.label == planned.table.label)
    rows = plan.made[planned.table.label]
    combine, start_value = _COMBINE[word.kind]
    made, counts = np.full(rows, start_value), np.zeros(rows, np.int64)
    for start, stop in plan.cuts(word.child):
        parent = plan.whole(word.child, by)[start:stop]
        value = np.ones_like(parent) if word.column is None else plan.whole(word.child, word.column)[start:stop]
        known = (parent != NULL) & (value != NULL)
        combine.at(made, parent[known], value[known])
        np.add.at(counts, parent[known], 1)
    if word.kind == "count" or word.column is None:
        return spilled(made)
    there, here = child.kinds[word.column], planned.kinds[name]
    more = scale_of(here) - scale_of(there) if there.logical in NUMBERS else 0
    if word.kind == "average":
        return spilled(averages(made, counts, more))
    scaled = np.where(counts == 0, 0, made) * 10**more
    return spilled(scaled if word.kind == "sum" else np.where(counts == 0, NULL, scaled))
