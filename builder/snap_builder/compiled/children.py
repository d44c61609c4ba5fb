"""Compute values from the children of a row: counts, sums, averages, first and last values."""

from __future__ import annotations

from collections.abc import Callable, Mapping
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
COMBINE: Mapping[str, tuple[Any, int]] = {
    "count": (np.add, 0),
    "sum": (np.add, 0),
    "average": (np.add, 0),
    "first": (np.minimum, NULL),
    "last": (np.maximum, _LEAST),
}


def computed(plan: DeclaredPlan, planned: PlannedTable, name: str, word: Derived, start: int, stop: int) -> Ints:
    """Return a derived column's values for rows [start, stop), from their child rows and from their other columns."""
    made = [
        plan.keep(key_of(planned, name, each), partial(_gathered, plan, planned, name, each))[start:stop]
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


def key_of(planned: PlannedTable, name: str, word: OfChildren) -> tuple[str, ...]:
    """Return the key under which a plan keeps what a word computes for all rows of a table."""
    return ("derived", planned.table.label, name, word.child, word.column or "")


def of_rows(
    planned: PlannedTable, child: PlannedTable, word: OfChildren, read: Callable[[str], Ints]
) -> tuple[Ints, Ints]:
    """Return the parent row and the value of each child row that has both. `read` returns a column of the child."""
    by = word.by or next(key for key, parent in child.parents.items() if parent.label == planned.table.label)
    parents = read(by)
    values = np.ones_like(parents) if word.column is None else read(word.column)
    known = (parents != NULL) & (values != NULL)
    return parents[known], values[known]


class Gathered:
    """What a word computes from the children of each row of a table, while children are added."""

    def __init__(self, plan: DeclaredPlan, planned: PlannedTable, name: str, word: OfChildren) -> None:
        self._combine, start_value = COMBINE[word.kind]
        rows = plan.made[planned.table.label]
        self._values, self._numbers = np.full(rows, start_value), np.zeros(rows, np.int64)
        self._kind, self._more = word.kind, 0
        if word.column is not None:
            there, here = plan.tables[word.child].kinds[word.column], planned.kinds[name]
            self._more = scale_of(here) - scale_of(there) if there.logical in NUMBERS else 0

    def add(self, parents: Ints, numbers: Ints | int, values: Ints) -> None:
        """Add children: `numbers` of them to each of `parents`, with the combination of their values."""
        self._combine.at(self._values, parents, values)
        np.add.at(self._numbers, parents, numbers)

    def finished(self) -> Ints:
        """Return one number for each row of the table, memory-mapped."""
        if self._kind == "average":
            return spilled(averages(self._values, self._numbers, self._more))
        scaled = np.where(self._numbers == 0, 0, self._values) * 10**self._more
        nothing = NULL if self._kind in ("first", "last") else 0
        return spilled(np.where(self._numbers == 0, nothing, scaled))


def _gathered(plan: DeclaredPlan, planned: PlannedTable, name: str, word: OfChildren) -> Ints:
    """Return one number for each row of a table, combined from its child rows. The child table is read in cuts."""
    made = Gathered(plan, planned, name, word)
    for start, stop in plan.cuts(word.child):
        parents, values = of_rows(planned, plan.tables[word.child], word, partial(_cut, plan, word.child, start, stop))
        made.add(parents, 1, values)
    return made.finished()


def _cut(plan: DeclaredPlan, label: str, start: int, stop: int, column: str) -> Ints:
    return plan.whole(label, column)[start:stop]
