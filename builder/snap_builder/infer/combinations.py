"""Infer makers for keys of columns with few values, such as (user_id, kind): no combination repeats for a parent."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from math import prod

from snap.schema import Enum
from snap.types import Logical, Type
from snap_builder.declare.distinct import RowCombination
from snap_builder.declare.keys import KeyOfParent
from snap_builder.declare.maker import Maker
from snap_builder.declare.references import ref
from snap_builder.infer.checks import Bounds
from snap_builder.infer.references import Inferred

_INTEGERS = (Logical.INT16, Logical.INT32, Logical.INT64)
Options = Mapping[str, tuple[object, ...]]


def options_of(kinds: Mapping[str, Type], bounds: Mapping[str, Bounds], enums: Mapping[str, Enum]) -> Options:
    """Return the values of the columns that can have only a few: enums, booleans, and columns of listed values."""
    options: dict[str, tuple[object, ...]] = {}
    for name, kind in kinds.items():
        values = bounds.get(name, Bounds()).values
        if values is not None:
            options[name] = tuple(int(value) if kind.logical in _INTEGERS else value for value in values)
        elif kind.logical is Logical.ENUM:
            options[name] = enums[kind.pg].labels
        elif kind.logical is Logical.BOOL:
            options[name] = (True, False)
    return options


def parted(key: tuple[str, ...], parents: Collection[str], options: Options) -> tuple[list[str], list[str]] | None:
    """Split a key into its reference, if any, and its columns with few values.

    Return None if the key has several references or other columns.
    """
    held = [name for name in key if name in parents]
    few = [name for name in key if name not in parents and name in options]
    return (held, few) if len(key) > 1 and few and len(held) <= 1 and len(held) + len(few) == len(key) else None


def infer_combinations(
    inferred: Inferred,
    keys: Collection[tuple[str, ...]],
    options: Options,
    declared: Mapping[str, Maker | None],
) -> frozenset[tuple[str, ...]]:
    """Make a key's columns of few values go through all combinations, and return the keys that this makes unique."""
    done = set()
    for key in keys:
        parts = parted(key, inferred.parents, options)
        taken = {*declared, *inferred.makers} - {*inferred.parents}
        if parts is None or taken & {*key} or {*declared} & {*key}:
            continue
        held, few = parts
        if any(inferred.within.get(name) or isinstance(inferred.makers.get(name), KeyOfParent) for name in held):
            continue
        size, stride = prod(len(options[name]) for name in few), 1
        for name in few:
            inferred.makers[name] = RowCombination(
                by=tuple(held), options=options[name], stride=stride, combinations=size
            )
            inferred.how[name] = "constraint"
            stride *= len(options[name])
        for name in held:
            inferred.makers[name] = ref(inferred.parents[name].label, at_most=size)
        done.add(key)
    return frozenset(done)


def most_combinations(
    key: tuple[str, ...], parents: Mapping[str, str], options: Options, rows: Mapping[str, int]
) -> int | None:
    """Return how many rows to allow for a key whose columns have few values, or None for other keys.

    With a reference in the key, half of the combinations are allowed for each parent, else all combinations.
    """
    parts = parted(key, parents, options)
    if parts is None:
        return None
    size = prod(len(options[name]) for name in parts[1])
    if not parts[0]:
        return size
    parent = parents[parts[0][0]]
    return max(1, rows[parent] * size // 2) if parent in rows else None
