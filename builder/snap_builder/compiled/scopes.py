"""Compute which parents the rows of a reference may name, by shared values, by conditions and by weights."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from snap_builder.compiled.arrays import places_in
from snap_builder.compiled.links import Scope
from snap_builder.compiled.planned import referenced
from snap_builder.declare.keys import KeyOfParent
from snap_builder.declare.maker import NULL
from snap_builder.declare.references import Conditions, Pairs, Reference, Shared
from snap_builder.engine.blocks import SIZE
from snap_builder.engine.candidates import NOT_YET
from snap_builder.engine.columns import Mask
from snap_builder.engine.streams import Ints

if TYPE_CHECKING:
    from snap_builder.compiled.plan import DeclaredPlan
    from snap_builder.compiled.planned import PlannedTable

_ITSELF = ""  # the path of a parent's own row


def scope_of(plan: DeclaredPlan, child: PlannedTable, name: str, word: Reference) -> Scope:
    """Return the parents that rows of table `child` may reference by the column `name`."""
    shared = _Shared(plan, child, word.parent, word.within)
    return Scope(
        groups=shared.of_parents() if word.within else None,
        own=shared.of_rows if word.within else None,
        chosen=_chosen(plan, word.parent, word.where),
        weights=None if word.weight is None else _known(plan.whole(word.parent, word.weight)),
        ready=_ready(plan, child, name),
    )


def pair_groups(plan: DeclaredPlan, child: PlannedTable, pairs: Pairs) -> tuple[Ints, Ints]:
    """Return a group number for each parent, by side. Parents whose shared values are equal have the same number."""
    shared = _Shared(plan, child, child.parents[pairs.right].label, pairs.within)
    paths = [led(child, each.path, pairs.left) for each in pairs.within]
    return shared.of_leader(pairs.left, [path or _ITSELF for path in paths]), shared.of_parents()


def pair_scopes(plan: DeclaredPlan, child: PlannedTable, pairs: Pairs) -> tuple[Scope, Scope]:
    """Return the parents that the left and the right side of pairs may reference.

    Two parents that agree in the columns of `near` have the same group. A parent that agrees with none of the other
    side has group -1.
    """
    near = _agreeing(plan, child, pairs)
    scopes = []
    for side, column in enumerate((pairs.left, pairs.right)):
        parent, weight = child.parents[column].label, pairs.weight[side]
        scopes.append(
            Scope(
                groups=None if near is None else near[side],
                chosen=_chosen(plan, parent, pairs.where[side]),
                weights=None if weight is None else _known(plan.whole(parent, weight)),
            )
        )
    return scopes[0], scopes[1]


def _agreeing(plan: DeclaredPlan, child: PlannedTable, pairs: Pairs) -> tuple[Ints, Ints] | None:
    """Return the group of each parent of both sides, by its value in the columns of `near`."""
    if pairs.near is None:
        return None
    labels = child.parents[pairs.left].label, child.parents[pairs.right].label
    columns = [plan.whole(label, str(name)) for label, name in zip(labels, pairs.near[:2], strict=True)]
    choices = [
        getattr(plan.tables[label].makers.get(str(name)), "choices", None)
        for label, name in zip(labels, pairs.near[:2], strict=True)
    ]
    if choices[0] is not None and choices[1] is not None and choices[0] != choices[1]:
        places = [choices[0].index(value) if value in choices[0] else NULL for value in choices[1]]
        columns[1] = np.where(columns[1] == NULL, NULL, np.array(places, np.int64)[np.maximum(columns[1], 0)])
    both = np.intersect1d(columns[0], columns[1])
    both = both[both != NULL]
    return _places(columns[0], both), _places(columns[1], both)


def _places(values: Ints, known: Ints) -> Ints:
    """Return the position of each value in the sorted `known`, -1 for a value that is not there."""
    if not len(known):
        return np.full(len(values), -1)
    at = np.minimum(np.searchsorted(known, values), len(known) - 1)
    return np.where(known[at] == values, at, -1)


def _known(weights: Ints) -> Ints:
    return np.where(weights == NULL, 0, weights)


def _chosen(plan: DeclaredPlan, parent: str, where: Conditions) -> Mask | None:
    """Return a mask of the parents that meet the conditions of `where`, or None without conditions."""
    chosen = None
    for column, values in where:
        mask = np.concatenate(
            [np.empty(0, np.bool_), *(_having(array, values) for array in plan.arrays(parent, column))]
        )
        chosen = mask if chosen is None else chosen & mask
    return chosen


def _having(array: pa.Array, values: Sequence[object]) -> Mask:
    mask = np.zeros(len(array), np.bool_)
    for value in values:
        same = array.is_null() if value is None else pc.equal(array, pa.scalar(value, array.type))
        mask |= pc.fill_null(same, False).to_numpy(zero_copy_only=False)
    return mask


def _ready(plan: DeclaredPlan, child: PlannedTable, leader: str) -> Ints | None:
    """Return, for each parent, the first row that may reference it, or None if every row may reference every parent.

    `leader` is the reference. If another reference of the row must share values with the leader's parent, rows can
    reference this parent only once the other reference has a parent with these values.
    """
    ready = None
    for name, word in child.makers.items():
        if not isinstance(word, Reference) or not word.within or word.none or name == leader:
            continue
        sources = [led(child, shared.path, leader) for shared in word.within]
        if word.parent == child.table.label or None in sources or plan.ends(child, name).late:
            continue
        shared_by = _Shared(plan, child, word.parent, word.within)
        theirs, mine = shared_by.of_parents(), shared_by.of_leader(leader, [path or _ITSELF for path in sources])
        ends = plan.ends(child, name)
        rows = np.arange(ends.parents)
        arrival = np.where(rows < min(SIZE, ends.parents_at_one), 0, ends.ratio.arrival(rows))
        chosen = _chosen(plan, word.parent, word.where)
        if chosen is not None:
            arrival = np.where(chosen, arrival, NOT_YET)
        groups, places = np.unique(theirs, return_inverse=True)
        first = np.full(len(groups) + 1, NOT_YET)
        np.minimum.at(first, places, arrival)
        at = np.searchsorted(groups, mine)
        at = np.where(groups[np.minimum(at, len(groups) - 1)] == mine, at, len(groups))
        ready = first[at] if ready is None else np.maximum(ready, first[at])
    return ready


def led(child: PlannedTable, path: str, leader: str) -> str | None:
    """Return the part of a path after the reference `leader`, or None if the path begins with another column."""
    name, _, rest = path.partition(".")
    if child.reference(name) == leader:
        return rest or _ITSELF
    maker = child.makers.get(path)
    return maker.to if isinstance(maker, KeyOfParent) and maker.reference == leader else None


class _Shared:
    """Numbers the combinations of values that rows share with parents. Equal numbers mean that all values are equal."""

    def __init__(self, plan: DeclaredPlan, child: PlannedTable, parent: str, within: Sequence[Shared]) -> None:
        self._plan, self._child, self._parent = plan, child, plan.tables[parent]
        self._within = within

    def of_parents(self) -> Ints:
        rows = self._plan.made[self._parent.table.label]
        numbers = np.zeros(rows, np.int64)
        for shared in self._within:
            label = self._label(shared)
            if label is not None:
                column = _after_null(self._plan.whole(self._parent.table.label, shared.column))
            else:
                column = self._numbered(self._plan.array(self._parent.table.label, shared.column), shared)
            numbers = numbers * self._size(shared) + column
        return numbers

    def of_rows(self, start: int, stop: int) -> Ints:
        numbers = np.zeros(stop - start, np.int64)
        for shared in self._within:
            if self._label(shared) is not None:
                column = _after_null(self._plan.integers(self._child, shared.path, start, stop))
            else:
                column = self._numbered(self._plan.array_of(self._child, shared.path, start, stop), shared)
            numbers = numbers * self._size(shared) + column
        return numbers

    def of_leader(self, leader: str, paths: Sequence[str]) -> Ints:
        """Return for each parent of reference `leader` the number that the rows naming this parent have.

        `paths` lead from that parent to the shared values.
        """
        parent = self._child.parents[leader]
        numbers = np.zeros(self._plan.made[parent.label], np.int64)
        for shared, path in zip(self._within, paths, strict=True):
            if self._label(shared) is None:
                column = self._numbered(self._plan.array(parent.label, path or parent.to), shared)
            elif path == _ITSELF:
                column = np.arange(len(numbers)) + 1
            else:
                column = _after_null(self._plan.whole(parent.label, path))
            numbers = numbers * self._size(shared) + column
        return numbers

    def _label(self, shared: Shared) -> str | None:
        """Return the table that both shared columns reference, or None if their values are compared instead."""
        theirs = self._parent.parents.get(shared.column)
        mine = referenced(self._plan.tables, self._child, shared.path)
        return theirs.label if theirs is not None and theirs.label == mine else None

    def _size(self, shared: Shared) -> int:
        """Return a bound above all numbers of a shared column. 0 is NULL, the largest a value that no parent has."""
        label = self._label(shared)
        return 1 + (self._plan.made[label] if label is not None else 1 + len(self._values(shared)))

    def _values(self, shared: Shared) -> pa.Array:
        return self._plan.distinct(self._parent.table.label, shared.column)

    def _numbered(self, array: pa.Array, shared: Shared) -> Ints:
        values = self._values(shared)
        places = places_in(array, values)
        unknown = np.asarray(array.is_valid()) & (places == NULL)
        return np.where(unknown, 1 + len(values), _after_null(places))


def _after_null(rows: Ints) -> Ints:
    return np.where(rows == NULL, 0, rows + 1)
