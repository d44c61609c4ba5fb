"""Infer columns that count the rows of a parent, by name and unique key: lines of an order, steps of a list."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping

from snap.schema import Table
from snap.types import Type
from snap_builder.declare.maker import LARGEST, Maker
from snap_builder.declare.position import Position, position
from snap_builder.infer.checks import Bounds
from snap_builder.infer.names import spoken
from snap_builder.infer.references import Inferred

_NAMES = re.compile(
    r"(.* )?(position|pos|sort order|sort|display order|order index|ordinal|sequence|seq|rank"
    r"|(line|row|item|step|sequence|seq) (number|no|num|nr|index))"
)


def infer_positions(
    inferred: Inferred,
    table: Table,
    keys: Collection[tuple[str, ...]],
    kinds: Mapping[str, Type],
    bounds: Mapping[str, Bounds],
    declared: Mapping[str, Maker | None],
    rows: int,
) -> None:
    """Infer whole numbers in unique keys that count the rows which are equal in the key's other columns."""
    for key in keys:
        named = [name for name in key if _NAMES.fullmatch(spoken(name)) and kinds[name].logical in LARGEST]
        if len(key) < 2 or len(named) != 1 or sum(named[0] in each for each in keys) > 1:
            continue
        name, by = named[0], tuple(each for each in key if each != named[0])
        taken = {*declared, *inferred.parents, *inferred.makers}
        nullable = any(table.column(each).nullable for each in by) and not table.column(name).nullable
        bound = bounds.get(name, Bounds())
        first = 1 if bound.low is None else max(1, int(-(-bound.low // 1)))
        most = LARGEST[kinds[name].logical] if bound.high is None else int(bound.high)
        if name in taken or nullable or bound.values is not None or first + rows > most:
            continue
        if any(each in inferred.parents for each in by):
            inferred.makers[name], inferred.how[name] = position(by, first=first), "name"


def is_counted(key: tuple[str, ...], words: Mapping[str, Maker | None]) -> bool:
    """Return whether a key is unique because one of its columns counts the rows that are equal in the others."""
    places = [(name, words.get(name)) for name in key]
    return any(isinstance(each, Position) and {name, *each.by} <= {*key} for name, each in places)
