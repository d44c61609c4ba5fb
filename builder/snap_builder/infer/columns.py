"""Infer the makers of a table's columns from the schema: keys, references, CHECKs, names, types."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Collection, Iterable, Mapping
from dataclasses import replace
from decimal import Decimal

from snap.errors import UsageError
from snap.schema import Check, Column, Details, Enum, ForeignKey, Table
from snap.types import Logical, Type
from snap_builder.declare.array import array
from snap_builder.declare.distinct import RowDay, RowMoment, RowValue, is_written
from snap_builder.declare.durations import duration
from snap_builder.declare.keys import Constant, RowCode, RowNumber, Uuid
from snap_builder.declare.maker import LARGEST, MOMENTS, NUMBERS, Maker
from snap_builder.declare.moments import moment
from snap_builder.declare.numbers import choice, integer, money
from snap_builder.declare.ordered import Above
from snap_builder.declare.periods import after, between
from snap_builder.declare.references import Pairs, Shared
from snap_builder.declare.text import text
from snap_builder.infer import names
from snap_builder.infer.checks import Bounds, read_checks
from snap_builder.infer.combinations import infer_combinations, options_of
from snap_builder.infer.contradictions import WIDEST, set_aside
from snap_builder.infer.documents import document_for, labels_for, lengths
from snap_builder.infer.exclusions import infer_exclusions, is_exclusion, is_met
from snap_builder.infer.joint import couple, numbers_compared
from snap_builder.infer.kinds import kinds_of
from snap_builder.infer.letters import fold_letters
from snap_builder.infer.order import as_far, leave_day, leave_room, names_earlier, since, unordered
from snap_builder.infer.partials import infer_partials
from snap_builder.infer.positions import infer_positions
from snap_builder.infer.references import Inferred, infer_references, keys_of
from snap_builder.infer.texts import free, matching
from snap_builder.infer.unique_keys import able_columns, differing_pairs, met_by, unique_columns

_INTEGERS = (Logical.INT16, Logical.INT32, Logical.INT64)
_ONE_DAY = {"months": 0, "days": 1, "microseconds": 0}
_DAYS_AFTER = 90
_TWO_YEARS = 730  # days
_NAMED = 1_000  # row numbers below this are skipped if CHECKs name them
_TEXTS = (Logical.STRING,)
_EMPTY: Mapping[Logical, object] = {
    Logical.JSON: "{}",
    Logical.JSONB: "{}",
    Logical.LIST: [],
    Logical.BYTES: b"\0",
    Logical.TIME: dt.time(9),
}
# Values of types without a maker, by the type's Postgres name without a modifier.
_VALUES: Mapping[str, object] = {
    "inet": "192.0.2.1",
    "cidr": "192.0.2.0/24",
    "macaddr": "00:00:5e:00:53:01",
    "point": "(0,0)",
    "tsvector": "'word':1",
    "xml": "<a/>",
    "money": "$1.00",
    "bit": "0",
    "bit varying": "0",
    "hstore": "",
    '"char"': "a",
    "box": "(1,1),(0,0)",
    "circle": "<(0,0),1>",
    "jsonpath": "$",
    "line": "{1,-1,0}",
    "lseg": "[(0,0),(1,1)]",
    "path": "((0,0),(1,1))",
    "polygon": "((0,0),(0,1),(1,0))",
    "tsquery": "'word'",
    "ltree": "word",
    "time with time zone": "09:00:00+00",
    "numeric": "0",  # if its scale is not possible in Arrow's decimals
}


def infer(
    table: Table,
    details: Details,
    enums: Mapping[str, Enum],
    *,
    rows: int,
    as_of: str,
    declared: Mapping[str, Maker | None],
    later: Mapping[str, Shared | None],
    promised: Collection[str] = (),
    known: Mapping[str, int],
    begun: Mapping[str, str],
) -> Inferred:
    """Return makers of all columns that are not `declared`, and the parents of references.

    `declared` has the words of columns, and None for columns of pairs. `later` and `promised` concern cycles of
    references. `later` are the tables that `table` references although they are made after it, because a nullable
    column breaks the cycle. For each of them, `later` also has the column that its rows share with the row of `table`
    that they reference. `promised` are tables made before `table` whose rows reference rows of `table`. `known` are all
    tables with their numbers of rows. A reference to any other table is NULL. `begun` are tables made before, each with
    the column that says since when its rows exist. Errors: UsageError for a cycle without a nullable column, and for a
    column whose type needs a declaration.
    """
    inferred = Inferred()
    kinds = kinds_of(table, details, enums)
    steps = {name: Decimal(1).scaleb(-(kind.scale or 0)) for name, kind in kinds.items()}
    exclusions = [check for check in details.checks if is_exclusion(check)]
    checks = [check for check in details.checks if check not in exclusions]
    understood = read_checks(_older_first(table, checks), steps)
    inferred.others, inferred.bounds = understood.others, understood.bounds
    leave_room(inferred.bounds, kinds, steps)
    numbered = {name for key in keys_of(table, details) for name in key}
    impossible = set_aside(inferred.bounds, checks, kinds, as_of, numbered)
    inferred.others += tuple(check for check in impossible if check not in inferred.others)
    inferred.others += tuple(unordered(inferred.bounds, kinds))
    keys = details.references or table.foreign_keys
    for key in keys:
        if key.references not in known:
            _outside(inferred, table, key)
    infer_references(
        inferred, table, details, [key for key in keys if key.references in known], declared, later, promised
    )
    uniques = [*keys_of(table, details), *(partial.columns for partial in details.partials)]
    booked = infer_exclusions(inferred, table, exclusions, uniques, kinds, declared, rows=rows, known=known)
    partials = [each for each in details.partials if not is_met(each, booked, table)]
    options = options_of(kinds, understood.bounds, enums)
    limited = {*options, *(name for name, each in understood.bounds.items() if each.pattern is not None)}
    partial = [_unlimited(inferred, each.columns, kinds, limited) for each in partials]
    every = [key for key in (*keys_of(table, details), *filter(None, partial)) if booked.keys().isdisjoint(key)]
    infer_positions(inferred, table, every, kinds, understood.bounds, declared, rows)
    combined = infer_combinations(inferred, every, options, declared)
    unique = unique_columns(inferred, [key for key in every if key not in combined], kinds, declared, options)
    inferred.pairs = differing_pairs(inferred, table, details, kinds, declared)
    moments = [c.name for c in table.stored if kinds[c.name].logical in MOMENTS]
    asked = [*(check.columns for check in understood.others), *keys_of(table, details)]
    held = {name for columns in (*asked, *(partial.columns for partial in details.partials)) for name in columns}
    defaults = dict(details.defaults)
    begins = names.first_moment(name for name in moments if name not in inferred.parents)
    after_others = since(inferred, table, declared, begun)
    for column in table.stored:
        if column.name in declared or column.name in inferred.makers or _paired(inferred.pairs, column.name):
            continue
        maker, how = _column(
            column,
            kinds[column.name],
            table.name,
            _closed(column.name, understood.bounds.get(column.name, Bounds()), as_of),
            enums,
            rows=rows,
            unique=column.name in unique,
            begins=begins if begins != column.name else None,
            others=after_others if begins == column.name else (),
            held=column.name in held,
            default=defaults.get(column.name),
        )
        inferred.makers[column.name], inferred.how[column.name] = as_far(maker, declared), how
    fold_letters(inferred)
    leave_day(inferred.makers, inferred.bounds)
    before = dict(inferred.makers)
    infer_partials(inferred, partials, unique, kinds, understood.bounds, enums)
    special = {name for name, maker in inferred.makers.items() if maker is not before[name]}
    others = [
        check
        for check in inferred.others
        if not met_by(check, inferred.pairs) and not names_earlier(table, check, inferred)
    ]
    _beyond_named(inferred.makers, others)
    joints, left = couple(
        table,
        others,
        inferred.makers,
        kinds,
        declared,
        held={*inferred.parents, *unique},
        fixed={*declared, *table.primary_key, *special, *booked},
    )
    inferred.others = tuple(left)
    inferred.joints = {name: joint for joint in joints for name in joint.columns}
    inferred.how |= dict.fromkeys(inferred.joints, "constraint")
    return inferred


def _older_first(table: Table, checks: Iterable[Check]) -> list[Check]:
    """Sort CHECKs by the last column that each reads, so that a CHECK of a new column changes no older column.

    A column can come after only one other column. If several CHECKs order it, the first CHECK counts.
    """
    places = {column.name: place for place, column in enumerate(table.columns)}
    return sorted(checks, key=lambda check: max((places[name] for name in check.columns), default=0))


def _closed(name: str, bounds: Bounds, as_of: str) -> Bounds:
    """Return bounds with both ends if the usual period for the column's name would break the only end given."""
    begin, end = (_days_from(as_of, days) for days in names.days_for(name))
    if bounds.latest is not None and bounds.earliest is None and bounds.latest < end:
        return replace(bounds, earliest=_days_from(bounds.latest, -_TWO_YEARS))
    if bounds.earliest is not None and bounds.latest is None and begin < bounds.earliest < as_of:
        return replace(bounds, latest=as_of)
    return bounds


def _days_from(moment: str, days: int) -> str:
    return (dt.date.fromisoformat(moment[:10]) + dt.timedelta(days=days)).isoformat()


# -- keys


def _outside(inferred: Inferred, table: Table, key: ForeignKey) -> None:
    """Set a reference to a table outside the dataset to NULL. Errors: UsageError if no column of it is nullable."""
    column = next((name for name in key.columns if table.column(name).nullable), None)
    if column is None:
        raise UsageError(
            f"{table.label}.{key.columns[0]} is NOT NULL and references {key.references}, a table outside the dataset",
            "make the column nullable in the schema",
        )
    inferred.makers[column], inferred.how[column] = Constant(), "reference"


def _unlimited(
    inferred: Inferred, key: tuple[str, ...], kinds: Mapping[str, Type], limited: Collection[str]
) -> tuple[str, ...]:
    """Return the columns of a partial unique index that can have a different value in every row."""
    taken = inferred.parents.keys() | inferred.makers.keys() | set(limited)
    free = [name for name in key if name not in taken]
    return tuple(able_columns((*key, ""), free, kinds, limited))


def _beyond_named(makers: dict[str, Maker], checks: Iterable[Check]) -> None:
    """Start row numbers after the numbers that CHECKs treat specially, such as `id <> 1 OR …`."""
    for name, numbers in numbers_compared(checks).items():
        maker = makers.get(name)
        if isinstance(maker, RowNumber) and maker.first <= max(numbers) < _NAMED:
            makers[name] = replace(maker, first=int(max(numbers)) + 1)


def _paired(pairs: Pairs | None, column: str) -> bool:
    return pairs is not None and column in (pairs.left, pairs.right)


# -- one column


def _column(
    column: Column,
    kind: Type,
    table: str,
    bounds: Bounds,
    enums: Mapping[str, Enum],
    *,
    rows: int,
    unique: bool,
    begins: str | None,
    others: tuple[str, ...] = (),
    held: bool,
    default: str | None = None,
) -> tuple[Maker, str]:
    """Return the word of a column, and how it was recognised. `held`: keys or unread CHECKs use the column too.

    A moment that comes later in a row follows `begins`. The first one follows `others`, paths to other rows.
    """
    logical, name = kind.logical, column.name
    if unique and bounds.values is None and bounds.pattern is None and logical not in (Logical.ENUM, Logical.BOOL):
        return _key(name, kind, table, bounds, rows)
    # Where the column is a key, the table has no more rows than there are values, and a block has each value once.
    if bounds.values is not None:
        read = int if logical in _INTEGERS else _truth if logical is Logical.BOOL else str
        return choice(dict.fromkeys(map(read, bounds.values), 1)), "constraint"
    if logical is Logical.ENUM:
        return choice(dict.fromkeys(enums[kind.pg].labels, 1)), "constraint"
    if logical in _TEXTS and bounds.pattern is not None:
        return matching(name, kind, table, bounds, rows=rows, unique=unique)
    if logical in _TEXTS:
        return free(name, kind, table, bounds, rows=rows, default=default)
    if logical in NUMBERS:
        return _number(name, kind, bounds)
    if logical in MOMENTS:
        return _moment(column, kind, bounds, begins, others)
    if logical in (Logical.JSON, Logical.JSONB):
        made = document_for(name, bounds, nullable=column.nullable, held=held)
        how = "name" if bounds.document is None else "constraint"
        return (made, how) if made is not None else (_by_type(column, kind, table, held=held), "type")
    if kind.item is not None and not held:
        labels = labels_for(name, bounds, nullable=column.nullable) if kind.item.logical in _TEXTS else None
        if labels is not None and not kind.item.length:
            return labels, "name"
        if bounds.shortest and not column.nullable:
            item = replace(column, type=kind.item)
            of, _ = _column(item, kind.item, table, Bounds(), enums, rows=rows, unique=False, begins=None, held=False)
            return array(*lengths(bounds), of), "constraint"
    return _by_type(column, kind, table, held=held), "type"


def _truth(text: str) -> bool:
    """Return the boolean that a CHECK writes as true, or as 't'."""
    return text[:1] == "t"


def _by_type(column: Column, kind: Type, table: str, *, held: bool) -> Maker:
    logical, name = kind.logical, column.name
    if logical is Logical.UUID:
        return Uuid()
    if logical is Logical.BOOL:
        return choice({True: 1, False: 1})
    if column.nullable:
        return Constant()
    value = _EMPTY[logical] if logical in _EMPTY else _value_of(kind.pg)
    if logical is Logical.INTERVAL:
        return Constant(value=_ONE_DAY) if held else duration("15m", "8h")
    if value is not None:
        return Constant(value=value)
    if is_written(kind.pg):
        return RowValue(kind=kind.pg)
    raise UsageError(f"{table}.{name}: a column of type {kind.pg} needs a declaration", "declare how it is made")


def _value_of(pg: str) -> object:
    """Return a value, as text, of a type that has no maker, or None for an unknown type."""
    modified = re.fullmatch(r"(.*?)(?:\((\d+)(?:,-?\d+)?\))?(\[\])?", pg)
    if modified is None:
        return None
    name, size, several = modified.groups()
    if several:
        return "{}"
    if name.startswith("interval"):
        return "1 day"
    if name == "vector":
        return "[" + ",".join("0" * int(size or 1)) + "]"
    return _VALUES.get(name)


def _key(name: str, kind: Type, table: str, bounds: Bounds, rows: int) -> tuple[Maker, str]:
    """Return a maker whose values are unique, and how it was recognised."""
    if kind.logical is Logical.UUID:
        return Uuid(), "constraint"
    if kind.logical is Logical.BYTES:
        return text("{n}"), "constraint"
    if kind.logical in MOMENTS:
        when = None
        if bounds.earliest is not None and bounds.latest is not None:
            when = between(bounds.earliest, bounds.latest)
        return RowDay(when=when) if kind.logical is Logical.DATE else RowMoment(when=when), "constraint"
    if is_written(kind.pg):
        return RowValue(kind=kind.pg), "constraint"
    if kind.logical not in _TEXTS:
        return RowNumber(first=int(bounds.low if bounds.low is not None else 1)), "constraint"
    if kind.length is not None and len(str(rows)) > kind.length:
        return RowCode(length=kind.length), "constraint"
    found = names.text_for(name, table, room=kind.length, rows=rows, unique=True)
    return (found[0], "name" if found[1] else "constraint") if found else (text("{n}"), "constraint")


def _number(name: str, kind: Type, bounds: Bounds) -> tuple[Maker, str]:
    named = names.number_for(name)
    largest = Decimal(10) ** ((kind.precision or 12) - (kind.scale or 0)) - Decimal(1).scaleb(-(kind.scale or 0))
    most = largest if kind.logical is Logical.DECIMAL else min(LARGEST.get(kind.logical, 10**9), WIDEST)
    low, high = (named.low, named.high) if named is not None else (Decimal(0), Decimal(1_000))  # type: ignore[attr-defined]
    if bounds.low is None and bounds.high is not None and bounds.high <= low:
        low = Decimal(0) if bounds.high > 0 else max(bounds.high - (high - low), -Decimal(most))
    if bounds.low is not None:
        low, high = bounds.low, max(high, bounds.low + 100)
        if kind.logical in (Logical.FLOAT32, Logical.FLOAT64):
            most = max(most, int(high))
    high = min(high if bounds.high is None else bounds.high, Decimal(most))
    shape = named.shape if named is not None and bounds == Bounds() and high == named.high else None  # type: ignore[attr-defined]
    bounded = bounds.low is not None or bounds.high is not None
    how = "constraint" if bounded else "name" if named is not None else "type"
    if bounds.after is not None:
        return Above(
            path=bounds.after, most=max(1, int(high - low)), high=min(bounds.high or Decimal(most), Decimal(most))
        ), "constraint"
    if kind.logical in _INTEGERS:
        return integer(int(low), int(high), shape=shape), how
    return money(low, high, shape=shape), how


def _moment(
    column: Column, kind: Type, bounds: Bounds, begins: str | None, others: tuple[str, ...]
) -> tuple[Maker, str]:
    later = names.later(column.name)
    none = later or 0 if column.nullable else 0
    if bounds.after is not None and bounds.strictly and kind.logical is Logical.DATE:
        return Above(path=bounds.after, most=_DAYS_AFTER, days=True, none=none), "constraint"
    if bounds.after is not None:
        return moment(after(bounds.after), none=none), "constraint"
    if bounds.earliest is not None and bounds.latest is not None:
        return moment(between(bounds.earliest, bounds.latest)), "constraint"
    if later is not None and begins is not None:
        return moment(after(begins), none=none), "name"
    made, recognised = names.moment_for(column.name)
    if others and recognised and bounds == Bounds():
        return moment(after(*others)), "reference"
    return replace(made, none=none), "name" if recognised else "type"
