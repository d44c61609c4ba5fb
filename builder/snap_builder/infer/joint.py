"""Couple columns of a CHECK: choose together, for each row, which columns are NULL and which value each has."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from hashlib import sha256
from itertools import product
from math import prod
from typing import Any

import numpy as np
import pyarrow as pa

from snap.schema import Check, Table
from snap.types import Logical, Type
from snap_builder.declare.keys import Constant, KeyOfParent, RowNumber
from snap_builder.declare.maker import NULL, Maker, SparseMaker
from snap_builder.declare.numbers import Amount, Choice
from snap_builder.engine.streams import Ints, Seeds, below
from snap_builder.infer.conditions import OTHER, SOME, UNKNOWN, Condition, Unreadable, condition

_MOST = 20_000  # combinations of values that are tried
_VALUES = 24  # the most values of one column
_PARTS = 256  # the most combinations of the drivers' classes
_SOME, _STEPS = 256, 40_000  # with more than _MOST: combinations to find, and values to try for them
_INTEGERS = (Logical.INT16, Logical.INT32, Logical.INT64)
_WORD: Mapping[Logical, object] = {Logical.LIST: ["word"], Logical.JSONB: "{}", Logical.JSON: "{}"}
_EQUALITIES = ("=", "<>", "!=")
_NULL, _OWN = -1, 0
_TEXTS = (Logical.STRING, Logical.TEXT, Logical.ENUM)


@dataclass(frozen=True, slots=True)
class Driver:
    """A column whose own maker decides the class of each row: NULL or not, or which of few values.

    `others` are the values of the classes after the first one. None is NULL.
    """

    column: str
    others: tuple[object, ...]

    def classes(self, made: Ints | pa.Array, choices: tuple[object, ...] | None, scale: int) -> Ints:
        """Return the number of each row's class, from what the column's maker made."""
        chosen = np.zeros(len(made), np.int64)
        if isinstance(made, pa.Array):  # texts
            return chosen + made.is_null().to_numpy(zero_copy_only=False)
        for number, value in enumerate(self.others, 1):
            chosen[made == (NULL if value is None else _integer(value, choices, scale))] = number
        return chosen


@dataclass(frozen=True, slots=True, kw_only=True)
class Coupled:
    """Columns of a table, and the combinations that their CHECKs allow.

    Each row of `codes` is one combination, with a code for each column: -1 is NULL, 0 the value of the column's own
    maker, i the i-th of the column's `values`. Combinations lie in groups, and all groups are equally likely. `parts`
    has the groups for each combination of the drivers' classes; the classes of the last driver change first.
    """

    columns: tuple[str, ...]
    values: tuple[tuple[object, ...], ...]
    codes: Ints
    parts: tuple[tuple[Ints, Ints], ...]  # the start of each group, and its number of combinations
    drivers: tuple[Driver, ...] = ()

    def of(self, column: str, seeds: Seeds, start: int, stop: int, classes: Iterable[Ints]) -> Ints:
        """Return the codes of a column for rows [start, stop). `classes` are those of each driver."""
        words = seeds.wide("\\0".join(("together", *self.columns)), start, stop, 2)
        part, chosen = np.zeros(stop - start, np.int64), np.zeros(stop - start, np.int64)
        for driver, numbers in zip(self.drivers, classes, strict=True):
            part = part * (1 + len(driver.others)) + numbers
        for number, (starts, sizes) in enumerate(self.parts):
            where = np.flatnonzero(part == number)
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
    declared: Mapping[str, Maker | None],
    *,
    held: Collection[str],
    fixed: Collection[str],
) -> tuple[list[Coupled], list[Check]]:
    """Return the coupled columns that make CHECKs hold, and the CHECKs that could not be met.

    `held` are unique columns and columns that reference a parent. `fixed` are columns whose values are chosen
    elsewhere, such as keys. The call changes `makers`: the maker of a coupled column gives no NULL of its own any more,
    unless the column is a driver.
    """
    read, left = [], []
    for check in checks:
        try:
            read.append((check, condition(check.sql, check.columns)))
        except Unreadable:
            left.append(check)
    joints = []
    room = _Room(table, makers, kinds, declared, held, fixed)
    able = []
    for each in read:
        if _found(room, [each[1]]) is None:
            left.append(each[0])  # no combination meets it, so the others are solved without it
        else:
            able.append(each)
    for group in _connected(able):
        kept = group
        if _found(room, [each for _, each in group]) is None:
            kept = []
            for each in group:
                if _found(room, [other for _, other in (*kept, each)]) is None:
                    left.append(each[0])
                else:
                    kept.append(each)
        joint = _solve(room, [each for _, each in kept])
        if joint is None:
            left += [check for check, _ in kept]
        elif joint.columns:
            joints.append(joint)
    return joints, left


def numbers_compared(checks: Iterable[Check]) -> dict[str, list[Decimal]]:
    """For each column, return the numbers that CHECKs over several columns compare the column with."""
    found: dict[str, list[Decimal]] = {}
    for check in checks:
        try:
            read = condition(check.sql, check.columns)
        except Unreadable:
            continue
        for name, pairs in read.compared.items() if len(check.columns) > 1 else ():
            found.setdefault(name, []).extend(number for operator, number in pairs if operator in _EQUALITIES)
    return {name: numbers for name, numbers in found.items() if numbers}


@dataclass(frozen=True, slots=True)
class _Room:
    """The makers and types of a table's columns before some of them are coupled."""

    table: Table
    makers: dict[str, Maker]
    kinds: Mapping[str, Type]
    declared: Mapping[str, Maker | None]
    held: Collection[str]
    fixed: Collection[str]

    def settled(self, name: str) -> bool:
        """Return whether a declared word, a key or a pair of references already chooses the column's values."""
        return name in self.fixed or name not in self.makers

    def classes(self, name: str, coupled: Collection[str]) -> tuple[object, ...]:
        """Return the classes of a column that is a driver, or nothing if it is none. SOME is any value but NULL.

        A word that reads one of the `coupled` columns is no driver.
        """
        word = self.declared.get(name) or self.makers.get(name)
        if word is None or not (self.settled(name) or name in self.held) or {*word.waits()} & {*coupled}:
            return ()
        values = None if not self.settled(name) else word.constants if isinstance(word, Choice) else word.choices
        null = (None,) if word.gives_null else ()
        if values is not None and len(values) < _VALUES:
            return (*values, *null)
        return (SOME, *null) if null else ()


@dataclass(frozen=True, slots=True)
class _Found:
    """The combinations of values that conditions allow, in a part for each combination of the drivers' classes."""

    columns: tuple[str, ...]
    domains: tuple[list[object], ...]
    parts: tuple[list[tuple[object, ...]], ...]
    drivers: tuple[Driver, ...]


def _connected(read: Sequence[tuple[Check, Condition]]) -> list[list[tuple[Check, Condition]]]:
    """Return the conditions in groups. Conditions that share a column are in the same group."""
    groups: list[list[tuple[Check, Condition]]] = []
    for each in read:
        touched = [g for g in groups if any({*each[1].columns} & {*other.columns} for _, other in g)]
        groups = [g for g in groups if g not in touched] + [[*(x for g in touched for x in g), each]]
    return groups


def _found(room: _Room, conditions: Sequence[Condition]) -> _Found | None:
    """Return the combinations of values that meet all conditions, or None if no such combination is found."""
    columns = tuple(dict.fromkeys(name for each in conditions for name in each.columns))
    classes = {name: own for name in columns if (own := room.classes(name, columns))}
    domains = tuple(
        [*classes[name]] if room.settled(name) and name in classes else _domain(room, name, conditions)
        for name in columns
    )
    if any(len(domain) > _VALUES for domain in domains) or prod(map(len, classes.values())) > _PARTS:
        return None
    parts: dict[tuple[object, ...], list[tuple[object, ...]]] = {of: [] for of in product(*classes.values())}
    places = [(columns.index(name), own) for name, own in classes.items()]
    for values in _allowed(columns, domains, conditions):
        parts[tuple(values[place] if values[place] in own else SOME for place, own in places)].append(values)
    drivers = tuple(Driver(name, own[1:]) for name, own in classes.items())
    return _Found(columns, domains, tuple(parts.values()), drivers) if all(parts.values()) else None


def _solve(room: _Room, conditions: Sequence[Condition]) -> Coupled | None:
    """Return the coupled columns that meet some conditions, or None if the conditions cannot be met.

    The makers of these columns, except the driver's, are changed so that they give no NULL.
    """
    found, makers = _found(room, conditions) if conditions else None, room.makers
    if found is None:
        return None
    chosen = [place for place, name in enumerate(found.columns) if not room.settled(name)]
    columns = tuple(found.columns[place] for place in chosen)
    domains = [found.domains[place] for place in chosen]
    parts = [[tuple(values[place] for place in chosen) for values in part] for part in found.parts]
    if any(
        not room.table.column(name).nullable and {*maker.reads()} & {*columns} and name not in columns
        for name, maker in makers.items()
    ):
        return None  # a column that is NOT NULL would read a coupled column, which may be NULL
    drivers = {driver.column for driver in found.drivers}
    nulls = {n: float(share) for n in columns if n not in drivers and (share := getattr(makers[n], "none", 0))}
    _settle_makers([name for name in columns if name not in drivers], makers, room.kinds)
    options = tuple(tuple(v for v in domain if not _open(v)) for domain in domains)
    leading = [i for i, name in enumerate(columns) if isinstance(makers[name], Choice)]
    ordered: list[tuple[object, ...]] = []
    groups = []
    for part in parts:
        classes: dict[str, list[tuple[object, ...]]] = {}
        for values in part:
            classes.setdefault(repr([values[i] for i in leading]), []).append(values)
        weighted = [_weighted(columns, members, nulls) for members in classes.values()]
        sizes = np.array([len(members) for members in weighted])
        groups.append((len(ordered) + np.cumsum(sizes) - sizes, sizes))
        ordered += [values for members in weighted for values in members]
    codes = [
        [_NULL if v is None else _OWN if _open(v) else 1 + options[i].index(v) for i, v in enumerate(values)]
        for values in ordered
    ]
    return Coupled(
        columns=columns, values=options, codes=np.array(codes, np.int64), parts=tuple(groups), drivers=found.drivers
    )


def _weighted(
    columns: Sequence[str], members: Sequence[tuple[object, ...]], nulls: Mapping[str, float]
) -> list[tuple[object, ...]]:
    """Return combinations, repeated so that columns are NULL about as often as `nulls` says, in percent."""
    shares = [(place, nulls[name]) for place, name in enumerate(columns) if name in nulls]
    weights = [prod(none if values[place] is None else 100 - none for place, none in shares) for values in members]
    if len({*weights}) == 1:
        return [*members]
    times = [max(1, round(100 * weight / sum(weights))) for weight in weights]
    return [values for values, number in zip(members, times, strict=True) for _ in range(number)]


def _open(value: object) -> bool:
    """Return whether a value in a combination is NULL, or left to the column's own maker."""
    return value is None or value is OTHER or value is SOME


def _allowed(
    columns: Sequence[str], domains: Sequence[list[object]], conditions: Sequence[Condition]
) -> list[tuple[object, ...]]:
    """Return the combinations that meet the conditions: all of them, or only some if there are too many to try."""
    if prod(len(domain) for domain in domains) > _MOST:
        return _some(columns, domains, conditions)
    return [values for values in product(*domains) if _meets(columns, values, conditions)]


def _meets(columns: Sequence[str], values: Sequence[object], conditions: Sequence[Condition]) -> bool:
    row = _row(columns, values)
    return all(each.holds(row) in (True, None) for each in conditions)


def _row(columns: Sequence[str], values: Sequence[object]) -> dict[str, object]:
    return {n: tuple(v) if isinstance(v, list) else v for n, v in zip(columns, values, strict=True)}


def _some(
    columns: Sequence[str], domains: Sequence[list[object]], conditions: Sequence[Condition]
) -> list[tuple[object, ...]]:
    """Return some combinations, found by backtracking. Each search tries the values in a different order."""
    order = sorted(range(len(columns)), key=lambda place: -sum(columns[place] in each.columns for each in conditions))
    touched = {place: [each for each in conditions if columns[place] in each.columns] for place in order}
    left = _STEPS

    def complete(number: int, values: list[object], depth: int) -> bool:
        nonlocal left
        if depth == len(order):
            return _meets(columns, values, conditions)
        place = order[depth]
        for value in sorted(
            range(len(domains[place])), key=lambda each: sha256(f"{number}\0{columns[place]}\0{each}".encode()).digest()
        ):
            left -= 1
            if left < 0:
                return False
            values[place] = domains[place][value]
            row = _row(columns, values)
            if all(each.holds(row) is not False for each in touched[place]) and complete(number, values, depth + 1):
                return True
        values[place] = UNKNOWN
        return False

    found: dict[str, tuple[object, ...]] = {}
    for number in range(_SOME):
        values: list[object] = [UNKNOWN] * len(columns)
        if not complete(number, values, 0):
            break
        found.setdefault(repr([id(value) if _open(value) else value for value in values]), tuple(values))
    return [*found.values()]


def _domain(room: _Room, name: str, conditions: Sequence[Condition]) -> list[object]:
    """Return the values that a column may have: NULL, the values of its maker, the values that conditions name."""
    values: list[object] = [None] if room.table.column(name).nullable else []
    compared = [pair for each in conditions for pair in each.compared.get(name, ())]
    if room.settled(name):
        maker = room.makers.get(name)
        if isinstance(maker, RowNumber) and all(number < maker.first for _, number in compared):
            return [OTHER]
        return [UNKNOWN if values and (maker is None or maker.gives_null) else SOME]
    maker, kind = room.makers[name], room.kinds[name]
    if name in room.held or isinstance(maker, KeyOfParent):
        return [SOME if compared else OTHER, *values]
    if isinstance(maker, Choice):
        return [*(value for value, _ in maker.options), *values]
    if isinstance(maker, Constant) and isinstance(maker.value, dict):  # an interval
        return [OTHER, *values]
    if isinstance(maker, Constant):
        given = [] if maker.value is None else [maker.value]
        more = [word for word in _filled(kind) if word not in given]
        return [*given, *more, *values] or [OTHER]
    if isinstance(maker, Amount) and compared:
        return [SOME, *(_near(maker, compared) if kind.logical in _INTEGERS else []), *values]
    named = dict.fromkeys(text for each in conditions for text in each.texts(name)) if kind.logical in _TEXTS else {}
    return [OTHER, *(each for each in named if each), *values]


def _near(maker: Amount, compared: Iterable[tuple[str, Decimal]]) -> list[object]:
    """Return the whole numbers that a column is compared with, and the neighbours of those compared by < or >."""
    numbers = [
        int(number) + step
        for operator, number in compared
        for step in ((0,) if operator in _EQUALITIES else (-1, 0, 1))
    ]
    return [number for number in dict.fromkeys(numbers) if maker.low <= number <= maker.high]


def _filled(kind: Type) -> list[object]:
    """Return a list with a non-empty value if columns of the type are empty by default, else an empty list."""
    if kind.logical is Logical.LIST and (kind.item is None or kind.item.logical not in _TEXTS):
        return []
    return [_WORD[kind.logical]] if kind.logical in _WORD else []


def _settle_makers(columns: Iterable[str], makers: dict[str, Maker], kinds: Mapping[str, Type]) -> None:
    for name in columns:
        maker = makers[name]
        if isinstance(maker, SparseMaker) and maker.none:
            makers[name] = replace(maker, none=0)
        if isinstance(maker, Constant) and maker.value is None and _filled(kinds[name]):
            makers[name] = Constant(value=_filled(kinds[name])[0])


def _integer(value: Any, choices: tuple[object, ...] | None, scale: int = 0) -> int:
    """Return the integer by which a maker stands for a value: its place among the choices, or the number itself."""
    return choices.index(value) if choices is not None else int(value * 10**scale)


def over(codes: Ints, values: Ints, options: Sequence[object], choices: tuple[object, ...] | None) -> Ints:
    """Return a column's integers, replaced in the rows whose combination sets another value or NULL."""
    if options:
        wanted = np.array([_integer(each, choices) for each in options], np.int64)
        values = np.where(codes > _OWN, wanted[np.maximum(codes, 1) - 1], values)
    return np.where(codes == _NULL, NULL, values)
