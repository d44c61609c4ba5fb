"""Infer makers for exclusion constraints: bookings for times of a resource, and ranges that do not overlap."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import replace

from snap.schema import Check, PartialUnique, Table
from snap.types import Logical, Type
from snap_builder.declare.booking import Booking, BookingEnd
from snap_builder.declare.distinct import RowValue, is_written
from snap_builder.declare.maker import Maker
from snap_builder.declare.periods import During
from snap_builder.engine.calendar import DAY, MINUTE
from snap_builder.infer.checks import Bounds
from snap_builder.infer.markers import markers
from snap_builder.infer.references import Inferred

_NAME = r'("(?:[^"]|"")+"|[A-Za-z_][\w$]*)'
_ELEMENT = re.compile(r"\s*(.+?) WITH (?:OPERATOR\([^()]*?\.)?([^\w\s(),.]+)\)?(?:,|\))")
_COLUMN = re.compile(rf"{_NAME}(?: [\w.]+)?")  # an operator class may follow
_MOMENT = rf"(?:COALESCE\()?{_NAME}(?:, '[^']*'::[a-z ]+\))?"
_RANGE = re.compile(rf"(?:tstz|ts|date)range\({_MOMENT}, {_MOMENT}(?:, '[^']*'::text)?\)")
_TURNS = 100  # turns for each booking that a resource has at scale 1
# The unit of a turn, its lengths in units, and the usual period; if the turns do not fit, the period is longer.
_MOMENTS = (MINUTE, (60, 30, 10, 2), 730 * DAY)
_DAYS = (DAY, (7, 2), 3_650 * DAY)
_SHORTEST, _LONGEST = 730 * DAY, 36_500 * DAY
_INTEGERS = (Logical.INT16, Logical.INT32, Logical.INT64)
_RESOURCES = (*_INTEGERS, Logical.STRING, Logical.UUID, Logical.ENUM, Logical.BOOL)

Period = tuple[str, str]  # the columns of the begin and the end
Booked = Mapping[str, tuple[str, ...]]  # columns of times, each with the columns of its resource


def is_exclusion(check: Check) -> bool:
    """Return whether a check is an exclusion constraint."""
    return check.sql.startswith("EXCLUDE ")


def infer_exclusions(
    inferred: Inferred,
    table: Table,
    exclusions: Collection[Check],
    keys: Sequence[tuple[str, ...]],
    kinds: Mapping[str, Type],
    declared: Mapping[str, Maker | None],
    *,
    rows: int,
    known: Mapping[str, int],
) -> Booked:
    """Add makers of columns that may not overlap to `inferred`, and return the booked columns of times.

    Unique `keys` with booked times hold too. The makers are stricter than the constraints: they ignore the
    constraints' conditions, and operators other than `=` and `&&`. Exclusion constraints that no maker meets are added
    to `inferred.others`. `known` has the number of rows of each table.
    """
    periods: dict[Period, frozenset[str]] = {}
    for check in exclusions:
        elements = [(match[1], match[2]) for match in _ELEMENT.finditer(check.sql.partition("(")[2])]
        equal = frozenset(name for what, operator in elements if operator == "=" for name in _names(what))
        overlapping = [what for what, operator in elements if operator == "&&"]
        if any(_is_booked(period, equal, declared) for what in overlapping for period in _periods(what)):
            continue
        ranges = [name for what in overlapping for name in _names(what) if name in kinds]
        if any(_ranged(inferred, name, kinds, declared) for name in ranges):
            continue
        able = [each for what in overlapping for each in _periods(what) if _able(each, inferred, kinds, declared)]
        free = [each for each in able if each in periods or not {*each} & {name for other in periods for name in other}]
        if free:
            periods[free[0]] = periods.get(free[0], equal) & equal
        else:
            inferred.others = (*inferred.others, check)
    booked: dict[str, tuple[str, ...]] = {}
    for (begin, end), equal in periods.items():
        by = _resource(table, (begin, end), equal, keys, kinds)
        parents = [known[inferred.parents[name].label] for name in by if name in inferred.parents]
        word = _booking(by, end, kinds[begin], -(-rows // max(1, *parents)) if parents else rows)
        last = BookingEnd(booking=replace(word, longest=word.longest - _unit(kinds[begin])), begin=begin)
        inferred.makers |= {begin: word, end: last}
        inferred.how |= dict.fromkeys((begin, end), "constraint")
        booked |= dict.fromkeys((begin, end), by)
    return booked


def is_met(partial: PartialUnique, booked: Booked, table: Table) -> bool:
    """Return whether booked times make a partial unique index hold.

    They do if the index has a booked column, or if it covers only rows without a time and no such rows exist.
    """
    without = [booked[each.column] for each in markers(partial.condition) if each.null and each.column in booked]
    none_has = any(not any(table.column(name).nullable for name in by) for by in without)
    return none_has or not booked.keys().isdisjoint(partial.columns)


def _names(what: str) -> Iterator[str]:
    """Yield the column of an element of a constraint, if the element is a column."""
    match = _COLUMN.fullmatch(what)
    if match is not None:
        yield _plain(match[1])


def _plain(name: str) -> str:
    return name[1:-1].replace('""', '"') if name.startswith('"') else name


def _periods(what: str) -> Iterator[Period]:
    """Yield the begin and end columns of an element of a constraint, if the element is a range of two columns."""
    match = _RANGE.fullmatch(what)
    if match is not None:
        yield _plain(match[1]), _plain(match[2])


def _is_booked(period: Period, equal: Collection[str], declared: Mapping[str, Maker | None]) -> bool:
    """Return whether a declared booking makes the times of a period."""
    word = declared.get(period[0])
    return isinstance(word, Booking) and word.ends == period[1] and {*word.by} <= {*equal}


def _ranged(inferred: Inferred, name: str, kinds: Mapping[str, Type], declared: Mapping[str, Maker | None]) -> bool:
    """Make a column of ranges that do not overlap, and return whether the column has such ranges."""
    if name not in inferred.makers and name not in declared and name in kinds and is_written(kinds[name].pg):
        inferred.makers[name], inferred.how[name] = RowValue(kind=kinds[name].pg), "constraint"
    return isinstance(inferred.makers.get(name), RowValue)


def _able(period: Period, inferred: Inferred, kinds: Mapping[str, Type], declared: Mapping[str, Maker | None]) -> bool:
    """Return whether a period's two columns still lack makers and are bounded only by "the end follows the begin"."""
    free = kinds.keys() - {*declared, *inferred.makers, *inferred.parents}
    begin, end = (inferred.bounds.get(name, Bounds()) for name in period)
    ordered = Bounds(after=period[0], strictly=end.strictly)
    return period[0] != period[1] and {*period} <= free and begin == Bounds() and end in (Bounds(), ordered)


def _resource(
    table: Table, period: Period, equal: Collection[str], keys: Sequence[tuple[str, ...]], kinds: Mapping[str, Type]
) -> tuple[str, ...]:
    """Return the columns that identify the booked resource. Bookings of different resources may overlap.

    A column is taken only if all unique keys with the period's columns contain it, so that these keys hold too. A row
    without a resource has no time, so a nullable column is taken only if the times are nullable.
    """
    sparse = all(table.column(name).nullable for name in period)
    within = [{*key} for key in keys if {*key} & {*period}]
    return tuple(
        column.name
        for column in table.stored
        if column.name in equal
        and (sparse or not column.nullable)
        and kinds[column.name].logical in _RESOURCES
        and all(column.name in key for key in within)
    )


def _unit(kind: Type) -> int:
    return (_DAYS if kind.logical is Logical.DATE else _MOMENTS)[0]


def _booking(by: tuple[str, ...], end: str, kind: Type, most: int) -> Booking:
    """Return a booking with enough turns (time slots) for a resource with `most` rows at scale 1.

    Turns are as long as possible. A turn is at least one unit longer than its booking, so that a range which includes
    its end does not touch the next range.
    """
    unit, lengths, period = _DAYS if kind.logical is Logical.DATE else _MOMENTS
    turns = _TURNS * most
    length = next((each for each in lengths if turns * each * unit <= period), lengths[-1])
    begin = -min(max(turns * length * unit, _SHORTEST), _LONGEST)
    shortest, longest = max(1, length // 4), max(1, length * 5 // 6)
    return Booking(
        by=by,
        ends=end,
        shortest=shortest * unit,
        longest=(longest + 1) * unit,
        every=length * unit,
        period=During(begin=begin, end=0),
    )
