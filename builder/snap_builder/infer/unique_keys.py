"""Keep a table's keys unique: by unique columns, by pairs of references, and by the number of rows."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import replace

from snap.schema import Check, Details, Enum, Table
from snap.types import Logical, Type
from snap_builder.declare.distinct import is_written
from snap_builder.declare.keys import KeyOfParent
from snap_builder.declare.maker import MOMENTS, Maker
from snap_builder.declare.references import Pairs, Reference, ref
from snap_builder.declare.references import pairs as pairs_of
from snap_builder.infer.checks import Bounds, apart, read_checks
from snap_builder.infer.combinations import most_combinations, options_of
from snap_builder.infer.kinds import kinds_of
from snap_builder.infer.positions import is_counted
from snap_builder.infer.references import Inferred, holders_of, keys_of

_ROOM = 2  # possible pairs for each row of a table that joins two others
_INTEGERS = (Logical.INT16, Logical.INT32, Logical.INT64)
_KEYS = (*_INTEGERS, Logical.STRING, Logical.BYTES, Logical.UUID, Logical.DECIMAL, Logical.ENUM, Logical.BOOL)
_FLOATS = (Logical.FLOAT32, Logical.FLOAT64)
_RARE_KEYS = (*MOMENTS, *_FLOATS)


def most_rows(
    table: Table, details: Details, enums: Mapping[str, Enum], rows: Mapping[str, int], *, counted: bool = False
) -> int | None:
    """Return how many rows a table's unique keys allow, or None for no limit.

    `rows` has the parents' numbers of rows.
    These keys set a limit: a key of one column that has few values or is a reference, a key of several columns in which
    only a reference can differ, and a key of two references, because their pairs are limited. If both references share
    a tenant, about as many pairs are allowed as there are parents. With `counted`, the rows were counted in a database.
    Then a tenant has enough pairs, and a shared tenant sets no limit.
    """
    kinds = kinds_of(table, details, enums)
    bounds = read_checks(details.checks, {}).bounds
    options = options_of(kinds, bounds, enums)
    references = details.references or table.foreign_keys
    holders = holders_of(table, references, {}, ())
    parents = {holder: key.references for key, holder in holders.items()}
    alone = [frozenset(key) for key in keys_of(table, details)]
    most = [
        max(1, (rows[label] ** 2 - rows[label]) // (_ROOM * (1 + rising)))
        for label, rising in _pairs_apart(table, details, parents)
        if label in rows
    ]
    most += [rows[key.references] for key in references if {*key.columns} in alone and key.references in rows]
    for key in keys_of(table, details):
        held = [name for name in key if name in parents]
        free = [name for name in key if name not in held]
        combinations = most_combinations(key, parents, options, rows)
        if combinations is not None:
            most.append(combinations)
        elif len(held) == 1 and len(key) > 1 and not able_columns(key, free, kinds, options):
            most += [rows[parents[held[0]]]] if parents[held[0]] in rows else []
        if len(held) >= 2 and all(parents[name] in rows for name in held[:2]):
            left, right = (parents[name] for name in held[:2])
            most.append(max(1, (rows[left] * rows[right] - (rows[left] if left == right else 0)) // _ROOM))
        several = [each for each in references if len(each.columns) > 1 and holders[each] in key]
        if not counted and len(several) > 1 and set.intersection(*(set(each.columns) for each in several)):
            twice = len({each.references for each in several}) < len(several)
            most += [max(1, rows[each.references] // (1 + twice)) for each in several if each.references in rows]
        if len(key) == 1:
            bound = bounds.get(key[0], Bounds())
            if key[0] in options:
                most.append(len(options[key[0]]))
            elif bound.high is not None:  # without a lower bound, rows are numbered from 1
                most.append(max(1, int(bound.high - (1 if bound.low is None else bound.low)) + 1))
    return min(most, default=None)


def _pairs_apart(table: Table, details: Details, parents: Mapping[str, str]) -> list[tuple[str, bool]]:
    """For each CHECK that two references to a table differ, return that table and whether the left must be smaller."""
    found = [asked for asked in map(apart, details.checks) if asked is not None]
    return [
        (parents[asked.left], asked.rising)
        for asked in found
        if asked.left in parents
        and parents[asked.left] == parents.get(asked.right)
        and parents[asked.left] != table.label
        and not any(table.column(name).nullable for name in (asked.left, asked.right))
    ]


def unique_columns(
    inferred: Inferred,
    keys: Collection[tuple[str, ...]],
    kinds: Mapping[str, Type],
    declared: Mapping[str, Maker | None],
    few: Collection[str],
) -> frozenset[str]:
    """Return the columns that must be unique by themselves so that every key is unique. Choose pairs of references too.

    A key whose columns are all declared is left to their words. A column of `few` values can be unique only if it is
    the whole key.
    """
    unique: set[str] = set()
    for key in keys:
        said = [declared[name] for name in key if name in declared]
        counted = is_counted(key, {**inferred.makers, **declared})
        if counted or unique.intersection(key) or len(said) == len(key) or _holds(said):
            continue
        if said:
            undeclared = [name for name in key if name not in {*declared, *inferred.parents, *inferred.makers}]
            unique.update(able_columns(key, undeclared, kinds, few)[:1])
            continue
        held = [
            name for name in key if name in inferred.parents and not isinstance(inferred.makers.get(name), KeyOfParent)
        ]
        free = [name for name in key if name not in inferred.parents and name not in inferred.makers]
        if any(getattr(inferred.makers.get(name), "one", False) for name in held):
            continue
        if len(held) >= 2 and (inferred.pairs is None or not free):
            left, right = held[:2]
            if inferred.pairs is None and not (inferred.within.get(left) and inferred.within.get(right)):
                same = inferred.parents[left].label == inferred.parents[right].label
                if inferred.within.get(left):  # the side that sets the tenant comes first
                    left, right = right, left
                inferred.pairs = pairs_of(left, right, differ=same)
                for name in (left, right):
                    inferred.makers.pop(name, None)
            continue
        able = able_columns(key, free, kinds, few)
        roomy = [name for name in able if (kinds[name].length or 99) > 3]
        if able:
            unique.add((roomy or able)[0])
        elif leading := [name for name in held if not inferred.within.get(name)]:
            # A parent has at most one row, so the key is unique whatever its other columns hold.
            parent = inferred.parents[leading[0]].label
            inferred.makers[leading[0]] = ref(parent, one=True)
    return frozenset(unique)


def differing_pairs(
    inferred: Inferred,
    table: Table,
    details: Details,
    kinds: Mapping[str, Type],
    declared: Mapping[str, Maker | None],
) -> Pairs | None:
    """Return pairs for two references to the same table that must differ by a CHECK, unless a key already has pairs."""
    for asked in filter(None, map(apart, details.checks)):
        sides = (asked.left, asked.right)
        if inferred.pairs is not None:
            if {*sides} == {inferred.pairs.left, inferred.pairs.right} and not inferred.pairs.within and asked.rising:
                return replace(pairs_of(*sides, differ=True), rising=True)
            continue
        able = all(
            isinstance(inferred.makers.get(name), Reference)
            and not getattr(inferred.makers[name], "one", False)
            and name not in declared
            and not inferred.within.get(name)
            and not table.column(name).nullable
            and inferred.parents[name].label != table.label
            and (not asked.rising or kinds[name].logical in _INTEGERS)
            for name in sides
        )
        if able and inferred.parents[asked.left] == inferred.parents[asked.right]:
            for name in sides:
                del inferred.makers[name]
            return replace(pairs_of(*sides, differ=True), rising=asked.rising)
    return inferred.pairs


def met_by(check: Check, pairs: Pairs | None) -> bool:
    """Return whether pairs meet a CHECK that two columns differ."""
    asked = apart(check)
    if pairs is None or asked is None or not pairs.differ or {asked.left, asked.right} != {pairs.left, pairs.right}:
        return False
    return not asked.rising or (pairs.rising and asked.left == pairs.left)


def _holds(words: Collection[Maker | None]) -> bool:
    """Return whether the words of a key's columns make the key unique. None stands for a column of pairs."""
    alone = any(getattr(word, "one", False) or getattr(word, "unique", False) for word in words)
    return alone or sum(word is None for word in words) > 1


def able_columns(
    key: tuple[str, ...], free: Collection[str], kinds: Mapping[str, Type], few: Collection[str]
) -> list[str]:
    """Return the columns of a key that can be unique by themselves, the most usual types first.

    A column of `few` values can be unique only if it is the whole key, because the table then has as few rows.
    """
    wide = [name for name in free if len(key) == 1 or name not in few]
    usual = [name for name in wide if kinds[name].logical in _KEYS]
    rare = [name for name in wide if kinds[name].logical in _RARE_KEYS or is_written(kinds[name].pg)]
    return [*usual, *(name for name in rare if name not in usual)]
