"""The standard edge cases, by the types of columns, as far as CHECKs and keys allow. Pure."""

from __future__ import annotations

import calendar
import re
from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal

from snap.errors import UsageError
from snap.schema import Details
from snap.types import Logical, is_padded
from snap_builder.compiled.edge_values import Holder, as_stored
from snap_builder.compiled.planned import EdgeRow, PlannedTable
from snap_builder.declare.dataset import Table
from snap_builder.declare.edges import longest
from snap_builder.declare.made_by import MadeBy
from snap_builder.declare.text import Text
from snap_builder.infer.references import Inferred

# The position of a text here determines its row, so a new one comes last, before NULL.
_TEXTS: tuple[tuple[str, object], ...] = (
    ("longest text", longest()),
    ("one character", "x"),
    ("quotes", 'O\'Neil "Q" `tick`'),
    ("emoji", "\U0001f469\U0001f3fd\u200d\U0001f680 \U0001f468\u200d\U0001f469\u200d\U0001f467"),
    ("right to left", "\u05e9\u05dc\u05d5\u05dd \u0645\u0631\u062d\u0628\u0627 abc"),
    ("combining characters", "e\u0301 n\u0303 u\u0308"),
    ("line break", "one\ntwo"),
    ("backslash", "a\\b\\n"),
    ("percent", "100 % _"),
    ("markup", "<b>&amp;</b>"),
    ("empty text", ""),
    ("spaces around", " x "),
)
_NUMBERS = ("least number", "greatest number", "zero")
_NULL = ("NULL", len(_TEXTS))
SLOTS = len(_TEXTS) + 1  # rows that the standard edge cases take
_INTEGERS = {Logical.INT16: 15, Logical.INT32: 31, Logical.INT64: 63}
_SHORT = 20  # characters: in a shorter unique column, a made text may equal one of these


def standard_rows(
    own: Table,
    table: PlannedTable,
    holders: Mapping[str, Holder],
    inferred: Inferred,
    details: Details,
    year: int,
) -> tuple[EdgeRow, ...]:
    """Return the rows that hold the standard edge cases of a table. Columns of different types share these rows.

    Errors: UsageError for a column in `standard_edges` that can hold none of the edge cases.
    """
    listed = own.standard_edges if isinstance(own.standard_edges, Sequence) else None
    tied = set(_tied(table, inferred, details))
    by_class: dict[tuple[str, int], dict[str, object]] = {}
    for name, holder in holders.items():
        if listed is not None and name not in listed:
            continue
        alone = holder.why_not is None and not holder.read and name not in tied
        cases = list(_cases(table, name, holder, year)) if alone else []
        if listed is not None and not cases:
            raise UsageError(
                f"{holder.label}: no standard edge case can set this column: "
                + (holder.why_not or "its type, a CHECK, a key or another column allows none"),
                "leave the column out of standard_edges",
            )
        for slot, case, value in cases:
            by_class.setdefault((case, slot), {})[name] = value
    ordered = sorted(by_class.items(), key=lambda item: (item[0][1], item[0][0]))
    return tuple(
        EdgeRow(
            name=case,
            row=table.fixed.num_rows + slot,
            values={column: as_stored(value, holders[column], case) for column, value in values.items()},
        )
        for (case, slot), values in ordered
    )


def _tied(table: PlannedTable, inferred: Inferred, details: Details) -> Iterator[str]:
    """Yield the columns whose values depend on other columns of the row, or on other rows."""
    for key in table.table.unique:
        yield from key if len(key) > 1 else ()
    for check in inferred.others:
        yield from check.columns
    for name, bounds in inferred.bounds.items():
        yield from () if bounds.after is None else (name, bounds.after)
    for partial in details.partials:
        yield from partial.columns
        yield from (c.name for c in table.table.stored if re.search(rf"\b{re.escape(c.name)}\b", partial.condition))
    for name, maker in table.makers.items():
        if isinstance(maker, MadeBy) or (maker.waits() and not isinstance(maker, Text)):
            yield name


def _cases(table: PlannedTable, name: str, holder: Holder, year: int) -> Iterator[tuple[int, str, object]]:
    """Yield the row, the name and the value of each edge case that a column can hold."""
    unique = (name,) in table.table.unique
    for slot, case, value in (*_texts(holder, unique), *_numbers(holder, unique), *_moments(holder, unique, year)):
        try:
            as_stored(value, holder, case)
        except UsageError:  # a CHECK forbids it, or the column is too short
            continue
        yield slot, case, value
    if holder.column.nullable:
        yield _NULL[1], _NULL[0], None


def _texts(holder: Holder, unique: bool) -> Iterator[tuple[int, str, object]]:
    if holder.kind.logical is not Logical.STRING or is_padded(holder.kind) or holder.choices is not None:
        return
    if unique and holder.longest is not None and holder.longest < _SHORT:
        return
    for slot, (case, value) in enumerate(_TEXTS):
        yield slot, case, value


def _numbers(holder: Holder, unique: bool) -> Iterator[tuple[int, str, object]]:
    """Yield the least and the greatest number of a type within its CHECKs, and zero.

    Floats only have zero, because people do not store the limits of a float.
    """
    if unique or holder.choices is not None:
        return
    kind, bounds = holder.kind, holder.bounds
    if kind.logical in _INTEGERS:
        bits = _INTEGERS[kind.logical]
        low, high = Decimal(-(2**bits)), Decimal(2**bits - 1)
    elif kind.logical is Logical.DECIMAL and kind.precision is not None:
        high = Decimal(10**kind.precision - 1).scaleb(-(kind.scale or 0))
        low = -high
    elif kind.logical in (Logical.FLOAT32, Logical.FLOAT64):
        yield 2, _NUMBERS[2], 0
        return
    else:
        return
    yield 0, _NUMBERS[0], max(low, low if bounds.low is None else bounds.low)
    yield 1, _NUMBERS[1], min(high, high if bounds.high is None else bounds.high)
    yield 2, _NUMBERS[2], 0


def _moments(holder: Holder, unique: bool, year: int) -> Iterator[tuple[int, str, object]]:
    if unique:
        return
    leap = next(each for each in range(year - 1, 0, -1) if calendar.isleap(each))
    day = f"{year - 1}-06-15"
    if holder.kind.logical is Logical.DATE:
        yield 0, "leap day", f"{leap}-02-29"
        yield 1, "first day of a year", f"{year - 1}-01-01"
        yield 2, "last day of a year", f"{year - 1}-12-31"
    elif holder.kind.logical is Logical.TIME:
        yield 1, "midnight", "00:00:00"
        yield 2, "whole second", "12:34:56"
        yield 3, "last microsecond of a day", "23:59:59.999999"
    elif holder.kind.logical in (Logical.TIMESTAMP, Logical.TIMESTAMPTZ):
        yield 0, "leap day", f"{leap}-02-29 12:00:00"
        yield 1, "midnight", f"{day} 00:00:00"
        yield 2, "whole second", f"{day} 12:34:56"
        yield 3, "last microsecond of a day", f"{day} 23:59:59.999999"
        if holder.kind.logical is Logical.TIMESTAMPTZ:  # 02:30 in Berlin, twice
            sunday = max(week[calendar.SUNDAY] for week in calendar.monthcalendar(year - 1, 10))
            yield 4, "first of two equal hours", f"{year - 1}-10-{sunday} 00:30:00+00:00"
            yield 5, "second of two equal hours", f"{year - 1}-10-{sunday} 01:30:00+00:00"
