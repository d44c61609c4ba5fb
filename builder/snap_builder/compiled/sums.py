"""Sums over children by parent. Shares and workers write them for the rows of each part; one process adds them up.

A derived column depends on the children in all parts. So shares and workers leave out the columns that read derived
ones (late columns), and the process that publishes the version makes them from the sums.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

import numpy as np

from snap_builder.compiled.children import COMBINE, Gathered, key_of, of_rows
from snap_builder.compiled.planned import PlannedTable
from snap_builder.compiled.requirements import Known, derived_by
from snap_builder.dataset import ReadSums, Sums
from snap_builder.declare.derived import Derived, OfChildren
from snap_builder.engine.streams import Ints

if TYPE_CHECKING:
    from snap_builder.compiled.plan import DeclaredPlan


@dataclass(frozen=True, slots=True, kw_only=True)
class Summed:
    """A word that computes from children, and the derived column `column` of `table` that it makes."""

    table: PlannedTable
    column: str
    word: OfChildren


def late_columns(tables: Mapping[str, PlannedTable]) -> dict[str, frozenset[str]]:
    """Return the columns of each table's files that read derived columns, for the tables that have some.

    A file has at least one column, so the first column of a table is never late.
    """
    known: Known = {}
    late = {
        label: frozenset(each.name for each in table.filed.stored[1:] if derived_by(tables, table, each.name, known))
        for label, table in tables.items()
    }
    return {label: names for label, names in late.items() if names}


def summed(tables: Mapping[str, PlannedTable]) -> tuple[Summed, ...]:
    """Return the words whose children can be summed part by part: those that read no derived column of the children."""
    known: Known = {}
    return tuple(
        Summed(table=table, column=name, word=word)
        for table in tables.values()
        for name, maker in table.makers.items()
        if isinstance(maker, Derived)
        for word in maker.of_children()
        if word.column is None or not derived_by(tables, tables[word.child], word.column, known)
    )


def sums_of(plan: DeclaredPlan, label: str, start: int, stop: int) -> Iterator[Sums]:
    """Yield the sums over rows [start, stop) of a child table for each word, sorted by parent.

    A word's number is its place among `summed`.
    """
    child = plan.tables[label]
    for number, each in enumerate(_summed(plan)):
        if each.word.child != label:
            continue
        parents, values = of_rows(each.table, child, each.word, partial(_values, plan, child, start, stop))
        parents, places, numbers = np.unique(parents, return_inverse=True, return_counts=True)
        combine, start_value = COMBINE[each.word.kind]
        combined = np.full(len(parents), start_value)
        combine.at(combined, places, values)
        yield Sums(word=number, parents=parents, numbers=numbers, values=combined)


def add_up(plan: DeclaredPlan, read: ReadSums) -> None:
    """Give a plan the sums over the children in all parts, which `read` returns."""
    for number, each in enumerate(_summed(plan)):
        made = Gathered(plan, each.table, each.column, each.word)
        for sums in read(each.word.child, number, plan.made[each.table.table.label]):
            made.add(sums.parents, sums.numbers, sums.values)
        plan.keep(key_of(each.table, each.column, each.word), made.finished)


def _summed(plan: DeclaredPlan) -> tuple[Summed, ...]:
    """Return the words of `summed`, which are found once for all parts."""
    words: tuple[Summed, ...] = plan.keep(("summed",), partial(summed, plan.tables))
    return words


def _values(plan: DeclaredPlan, child: PlannedTable, start: int, stop: int, column: str) -> Ints:
    return np.asarray(plan.values(child, column, start, stop))
