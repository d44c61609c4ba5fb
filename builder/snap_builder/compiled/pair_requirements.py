"""Check pairs before a row is made: whether they can choose parents as declared. Errors have a place and a hint."""

from __future__ import annotations

from collections.abc import Mapping

from snap.errors import UsageError
from snap_builder.compiled.arrays import scale_of
from snap_builder.compiled.fitting import kind_of
from snap_builder.compiled.planned import PlannedTable
from snap_builder.compiled.requirements import derived_by, require_comparable, require_weight
from snap_builder.declare.checked import at, require_known
from snap_builder.declare.maker import MOMENTS, NUMBERS


def require_pairs(planned: Mapping[str, PlannedTable]) -> None:
    """Raise UsageError if pairs choose parents by columns that do not exist, do not fit or are derived."""
    for table in planned.values():
        with at(table.pairs):
            _require_sides(planned, table)


def _require_sides(planned: Mapping[str, PlannedTable], table: PlannedTable) -> None:
    pairs, label = table.pairs, table.table.label
    if pairs is None:
        return
    parents = [planned[table.parents[column].label] for column in (pairs.left, pairs.right)]
    for side, (column, parent) in enumerate(zip((pairs.left, pairs.right), parents, strict=True)):
        name = parent.table.label
        columns = [each.name for each in parent.table.stored]
        for read in pairs.columns(side):
            require_known([read], columns, f"{label}.{column}: table {name} has no column")
            derived = derived_by(planned, parent, read)
            if derived is not None:
                raise UsageError(
                    f"{label}.{column} chooses {name} by {read}, but {derived} is derived: its value changes when a "
                    "build grows",
                    "choose by a column that is not derived",
                )
        for read, values in pairs.where[side]:
            require_comparable(f"{label}.{column}: {name}.{read}", parent, read, values)
        require_weight(f"{label}.{column}", parent, pairs.weight[side])
    if pairs.mutual and parents[0] is not parents[1]:
        raise UsageError(
            f"{label}: {pairs.left} and {pairs.right} reference {parents[0].table.label} and "
            f"{parents[1].table.label}, so no pair has a reverse",
            "leave out mutual=",
        )
    if pairs.near is not None:
        sides = [(parent, str(name)) for parent, name in zip(parents, pairs.near[:2], strict=True)]
        kinds = [_compared(*side) for side in sides]
        named = [f"{parent.table.label}.{name} ({_said(parent, name)})" for parent, name in sides]
        if None in kinds or kinds[0] != kinds[1]:
            raise UsageError(
                f"{label}: near= cannot compare {named[0]} with {named[1]}",
                "name two columns of numbers, of moments or of choices, or references to the same table",
            )


def _compared(parent: PlannedTable, column: str) -> object:
    """Return what a column's integers stand for, such as choices. None means that they cannot be compared.

    Two columns can be compared if their results are equal.
    """
    reference, maker, kind = parent.parents.get(column), parent.makers.get(column), parent.kinds[column]
    if reference is not None:
        return ("rows", reference.label)
    if maker is not None and maker.choices is not None:
        return "choices"
    if kind.logical in MOMENTS:
        return "moments"
    return ("numbers", scale_of(kind)) if kind.logical in NUMBERS else None


def _said(parent: PlannedTable, column: str) -> str:
    compared = _compared(parent, column)
    if column in parent.parents:
        return f"rows of {parent.parents[column].label}"
    if compared == "choices":
        return "choices"
    places = scale_of(parent.kinds[column])
    return f"numbers of {places} decimals" if isinstance(compared, tuple) and places else kind_of(parent.kinds[column])
