"""Columns that a CHECK couples: which of them are NULL, and which have which value, chosen together for a row."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import product
from math import prod

import numpy as np
from numpy.typing import NDArray

from snap.schema import Check, Table
from snap.types import Logical, Type
from snap_builder.declare.keys import Constant, KeyOfParent
from snap_builder.declare.maker import NULL, Maker, SparseMaker
from snap_builder.declare.numbers import Choice
from snap_builder.engine.streams import Ints, Seeds, below
from snap_builder.infer.conditions import OTHER, Condition, Unreadable, condition

_MOST = 20_000  # combinations of values that are tried
_VALUES = 24  # of one column
_WORD: Mapping[Logical, object] = {Logical.LIST: ["word"], Logical.JSONB: "{}", Logical.JSON: "{}"}
_NULL, _OWN = -1, 0
_TEXTS = (Logical.STRING, Logical.TEXT, Logical.ENUM)


@dataclass(frozen=True, slots=True, kw_only=True)
class Joint:
    """Columns of a table, and the combinations that their CHECKs allow.

    `codes` are one combination a row: -1 is NULL, 0 what the column's own maker gives, i the i-th of its `values`.
    Combinations lie in groups, each as likely as any other. Where `driver` names a column, its own maker says whether
    it is NULL: the first groups are for rows in which it is not.
    """

    columns: tuple[str, ...]
    values: tuple[tuple[object, ...], ...]
    codes: Ints
    groups: tuple[tuple[Ints, Ints], ...]  # where they start, how many combinations they have
    driver: str | None = None

    def of(self, column: str, seeds: Seeds, start: int, stop: int, empty: NDArray[np.bool_] | None) -> Ints:
        """Return the codes of a column for rows [start, stop). `empty` says where the driver is NULL."""
        words = seeds.wide("\\0".join(("together", *self.columns)), start, stop, 2)
        chosen = np.zeros(stop - start, np.int64)
        for (starts, sizes), null in zip(self.groups, (False, True), strict=False):
            where = slice(None) if empty is None else np.flatnonzero(empty == null)
            if len(starts):
                group = below(words[where, 0], len(starts))
                chosen[where] = starts[group] + below(words[where, 1], sizes[group])
        return self.codes[chosen, self.columns.index(column)]

    def options(self, column: str) -> tuple[object, ...]:
        return self.values[self.columns.index(column)]


def couple(
    table: Table,
    checks: Iterable[Check],
    makers: dict[str, Maker],
    kinds: Mapping[str, Type],
    *,
    held: Collection[str],
    fixed: Collection[str],
) -> tuple[list[Joint], list[Check]]:
    """Return what couples columns so that CHECKs hold, and the CHECKs for which nothing was found.

    `held` are columns that name rows, and `fixed` those whose values others chose: keys, declared columns. Makers of
    coupled columns give no NULL of their own any more.
    """
    read, left = [], []
    for check in checks:
        try:
            read.append((check, condition(check.sql, check.columns)))
        except Unreadable:
            left.append(check)
    joints = []
    for group in _connected(read):
        joint = None
        if not any(name in fixed for each in group for name in each[1].columns):
            joint = _solve(table, [each for _, each in group], makers, kinds, held)
            for vague in () if joint is not None or len(group) == 1 else tuple(group):
                # What one condition says of values that are not known yet keeps the others from nothing.
                joint = _solve(table, [each for check, each in group if check is not vague[0]], makers, kinds, held)
                if joint is not None:
                    group.remove(vague)
                    left.append(vague[0])
                    break
        if joint is None:
            left += [check for check, _ in group]
        else:
            joints.append(joint)
    return joints, left


def _connected(read: Sequence[tuple[Check, Condition]]) -> list[list[tuple[Check, Condition]]]:
    """Return conditions in groups that share no column."""
    groups: list[list[tuple[Check, Condition]]] = []
    for each in read:
        touched = [g for g in groups if any({*each[1].columns} & {*other.columns} for _, other in g)]
        groups = [g for g in groups if g not in touched] + [[*(x for g in touched for x in g), each]]
    return groups


def _solve(
    table: Table,
    conditions: Sequence[Condition],
    makers: dict[str, Maker],
    kinds: Mapping[str, Type],
    held: Collection[str],
) -> Joint | None:
    columns = tuple(dict.fromkeys(name for each in conditions for name in each.columns))
    literals = [literal for each in conditions for literal in each.literals]
    if not set(columns) <= {*makers}:
        return None
    drivers = [name for name in columns if name in held and makers[name].gives_null]
    if len(drivers) > 1:
        return None
    domains = [_domain(table, name, makers[name], kinds[name], literals, held) for name in columns]
    if prod(len(domain) for domain in domains) > _MOST or any(len(domain) > _VALUES for domain in domains):
        return None
    allowed = []
    for values in product(*domains):
        row = {n: tuple(v) if isinstance(v, list) else v for n, v in zip(columns, values, strict=True)}
        if all(each.holds(row) in (True, None) for each in conditions):
            allowed.append(values)
    if any(
        not table.column(name).nullable and {*maker.reads()} & {*columns} and name not in columns
        for name, maker in makers.items()
    ):
        return None  # it may read NULL
    driver = drivers[0] if drivers else None
    parts = [allowed]
    if driver is not None:
        place = columns.index(driver)
        parts = [[v for v in allowed if (v[place] is None) == null] for null in (False, True)]
    if not all(parts):
        return None
    _settle_makers(columns, makers, kinds, driver)
    options = tuple(tuple(v for v in domain if v is not None and v is not OTHER) for domain in domains)
    leading = [i for i, name in enumerate(columns) if isinstance(makers[name], Choice)]
    ordered: list[tuple[object, ...]] = []
    groups = []
    for part in parts:
        classes: dict[str, list[tuple[object, ...]]] = {}
        for values in part:
            classes.setdefault(repr([values[i] for i in leading]), []).append(values)
        sizes = np.array([len(members) for members in classes.values()])
        groups.append((len(ordered) + np.cumsum(sizes) - sizes, sizes))
        ordered += [values for members in classes.values() for values in members]
    codes = [
        [_NULL if v is None else _OWN if v is OTHER else 1 + options[i].index(v) for i, v in enumerate(values)]
        for values in ordered
    ]
    return Joint(columns=columns, values=options, codes=np.array(codes, np.int64), groups=tuple(groups), driver=driver)


def _domain(
    table: Table, name: str, maker: Maker, kind: Type, literals: Sequence[object], held: Collection[str]
) -> list[object]:
    """Return the values that a column may have: NULL, those of its maker, those that conditions name."""
    values: list[object] = [None] if table.column(name).nullable else []
    if name in held or isinstance(maker, KeyOfParent):
        return [OTHER, *values]
    if isinstance(maker, Choice):
        return [*(value for value, _ in maker.options), *values]
    if isinstance(maker, Constant):
        given = [] if maker.value is None else [maker.value]
        more = [word for word in _filled(kind) if word not in given]
        return [*given, *more, *values] or [OTHER]
    named = [each for each in literals if isinstance(each, str)] if kind.logical in _TEXTS else []
    return [OTHER, *(each for each in dict.fromkeys(named) if each), *values]


def _filled(kind: Type) -> list[object]:
    """Return a value of a type whose columns are otherwise empty."""
    if kind.logical is Logical.LIST and (kind.item is None or kind.item.logical not in _TEXTS):
        return []
    return [_WORD[kind.logical]] if kind.logical in _WORD else []


def _settle_makers(
    columns: Sequence[str], makers: dict[str, Maker], kinds: Mapping[str, Type], driver: str | None
) -> None:
    for name in columns:
        maker = makers[name]
        if name != driver and isinstance(maker, SparseMaker) and maker.none:
            makers[name] = replace(maker, none=0)
        if isinstance(maker, Constant) and maker.value is None and _filled(kinds[name]):
            makers[name] = Constant(value=_filled(kinds[name])[0])


def over(codes: Ints, values: Ints, options: Sequence[object], choices: tuple[object, ...] | None) -> Ints:
    """Return integers of a column with those of its combination in their place."""
    if options:
        wanted = np.array([choices.index(each) if choices is not None else each for each in options], np.int64)
        values = np.where(codes > _OWN, wanted[np.maximum(codes, 1) - 1], values)
    return np.where(codes == _NULL, NULL, values)
