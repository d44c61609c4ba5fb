"""Check the words that compute values from children."""

from __future__ import annotations

from collections.abc import Mapping

from snap.errors import UsageError
from snap.types import Type, parse
from snap.units import plural
from snap_builder.compiled.arrays import scale_of
from snap_builder.compiled.fitting import kind_of
from snap_builder.compiled.planned import PlannedTable
from snap_builder.declare.checked import require_known
from snap_builder.declare.derived import Derived, OfChildren, OfSeveral
from snap_builder.declare.maker import MOMENTS, NUMBERS, Maker


def require_children(planned: Mapping[str, PlannedTable], table: PlannedTable, name: str, maker: Maker) -> None:
    """Raise UsageError if a word computes from children that do not exist, or from columns of a wrong type."""
    if not isinstance(maker, Derived):
        return
    label, here = f"{table.table.label}.{name}", table.kind(name)
    for each in maker.of_children():
        _require_child(planned, table, label, each)
        child = planned[each.child]
        there = parse("bigint") if each.column is None else child.kind(each.column)
        _require_computable(
            label, here, each.kind, f"{each.child}.{each.column}", there, child.makers.get(each.column or "")
        )
    if isinstance(maker, OfSeveral):
        columns = [column.name for column in table.table.stored]
        require_known(maker.own, columns, f"table {table.table.label} has no column")
        for path in maker.own:
            source, own = f"{table.table.label}.{path}", table.makers.get(path)
            _require_computable(label, here, maker.kind, source, table.kind(path), own)


def _require_child(planned: Mapping[str, PlannedTable], table: PlannedTable, label: str, word: OfChildren) -> None:
    require_known([word.child], list(planned), f"{label}: the schema has no table")
    child = planned[word.child]
    columns = [column.name for column in child.table.stored]
    require_known(filter(None, [word.column, word.by]), columns, f"{label}: table {word.child} has no column")
    named = [parent.label for key, parent in child.parents.items() if word.by in (None, key)]
    if table.table.label not in named:
        raise UsageError(f"{label}: {word.child} does not reference {table.table.label}", "name a child table")


def _require_computable(label: str, here: Type, computed: str, source: str, there: Type, chosen: Maker | None) -> None:
    """Raise UsageError if a column of type `here` cannot hold the values that are computed from `source`."""
    moments = computed in ("first", "last") and there.logical in MOMENTS
    if there.logical not in NUMBERS and not moments:
        raise UsageError(
            f"{label}: {source} is {there.pg}, which holds {kind_of(there)}",
            "name a column of numbers" if computed in ("sum", "average") else "name a column of numbers or moments",
        )
    if chosen is not None and chosen.choices is not None:
        raise UsageError(
            f"{label}: {source} has listed values that are not whole numbers, so nothing can be computed from it",
            "give it whole numbers to choose from, or money() with the shape quantiles()",
        )
    if here.logical not in (MOMENTS if moments else NUMBERS):
        raise UsageError(
            f"{label} is {here.pg}, which holds {kind_of(here)}, but the word makes "
            f"{'moments' if moments else 'numbers'}",
            "declare another word",
        )
    if not moments and computed != "average" and scale_of(here) < scale_of(there):
        raise UsageError(
            f"{label} is {here.pg}, but {source} has {plural(scale_of(there), 'decimal')}",
            f"name a column that has no more decimals than {label}",
        )
