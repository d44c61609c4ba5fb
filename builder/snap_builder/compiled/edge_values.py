"""Check whether a column can hold a declared value, and convert the value to what files store. Pure."""

from __future__ import annotations

import datetime as dt
import re
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from typing import Any

import pyarrow as pa

from snap.errors import UsageError
from snap.schema import Column
from snap.types import Logical, Type, is_padded
from snap.types.arrow import arrow_type
from snap.units import some
from snap_builder.compiled.arrays import typed
from snap_builder.compiled.fitting import kind_of
from snap_builder.declare.edges import Longest
from snap_builder.declare.maker import MOMENTS, NUMBERS, TEXTS
from snap_builder.infer.checks import Bounds

MOST = 10_000  # the most characters of an edge case, which a manifest lists
_TEN = "abcdefghij"


@dataclass(frozen=True, slots=True, kw_only=True)
class Holder:
    """The values that a column can hold.

    `kind` is the column's type beneath domains. `why_not` says why the column takes no edge case at all. `choices` are
    the values that the column's word can give, if they are listed. `read` is true if words of other columns read the
    column, and its own word never gives NULL.
    """

    label: str
    column: Column
    kind: Type
    bounds: Bounds
    choices: tuple[object, ...] | None
    labels: tuple[str, ...] | None
    read: bool
    why_not: str | None

    @property
    def longest(self) -> int | None:
        """The most characters that the column's type and CHECKs allow, or None if there is no bound."""
        return min((most for most in (self.kind.length, self.bounds.longest) if most is not None), default=None)


def as_stored(value: object, holder: Holder, name: str) -> pa.Array:
    """Return a declared value as files store it in a column, as an array of shape (1,). Errors: UsageError."""
    what = f"{holder.label}: edge case {name!r}"
    if holder.why_not is not None:
        raise UsageError(f"{what} cannot set this column: {holder.why_not}", "leave the column out of the edge case")
    if value is None:
        _require_nullable(holder, what)
        return pa.nulls(1, arrow_type(holder.column.type))
    if isinstance(value, Longest):
        value = _longest(value, holder, what)
    plain = _plain(value, holder, what)
    _require_allowed(plain, holder, what)
    try:
        return typed(pa.array([plain], arrow_type(holder.kind)), holder.column.type)
    except (pa.ArrowException, TypeError, ValueError, OverflowError):
        raise _no_value(value, holder, what) from None


def text_of(value: Any) -> str | None:
    """Return an Arrow scalar as the text that a manifest lists, None for NULL."""
    plain = value.as_py()
    if isinstance(plain, Decimal):
        return format(plain, "f")
    return None if plain is None else str(plain)


def filler(length: int) -> str:
    """Return a text of `length` characters that shows if its end is cut off."""
    return (_TEN * (length // len(_TEN) + 1))[:length]


def _require_nullable(holder: Holder, what: str) -> None:
    if not holder.column.nullable:
        raise UsageError(f"{what} is NULL, and the column is NOT NULL", "write a value")
    if holder.read:
        raise UsageError(
            f"{what} is NULL, and words of other columns read the column", "give the column's word none= instead"
        )


def _longest(word: Longest, holder: Holder, what: str) -> str:
    bounds = holder.bounds
    if holder.kind.logical not in TEXTS or holder.choices is not None or bounds.values or bounds.pattern:
        raise UsageError(
            f"{what} asks for the longest text of {holder.kind.pg}, but the column does not accept every text",
            "write the value",
        )
    return filler(min(word.most if holder.longest is None else min(word.most, holder.longest), MOST))


def _plain(value: object, holder: Holder, what: str) -> Any:
    """Return a value as the Python type that matches the column's type. Errors: UsageError."""
    logical = holder.kind.logical
    try:
        if logical in (*TEXTS, Logical.ENUM) and isinstance(value, str):
            return value
        if logical is Logical.BOOL and isinstance(value, bool):
            return value
        if logical in NUMBERS and isinstance(value, int | float | Decimal) and not isinstance(value, bool):
            number = Decimal(str(value))
            return _number(number, holder) if number.is_finite() else _refuse(value, holder, what)
        if logical is Logical.TIME:
            return dt.time.fromisoformat(str(value))
        if logical is Logical.DATE:
            return dt.date.fromisoformat(str(value))
        if logical in MOMENTS:
            moment = dt.datetime.fromisoformat(str(value))
            if logical is Logical.TIMESTAMP and moment.tzinfo is None:
                return moment
            if logical is Logical.TIMESTAMPTZ:
                return moment.replace(tzinfo=dt.UTC) if moment.tzinfo is None else moment
    except (ValueError, InvalidOperation):
        pass
    return _refuse(value, holder, what)


def _number(number: Decimal, holder: Holder) -> int | float | Decimal:
    if holder.kind.logical is Logical.DECIMAL:
        return number
    if holder.kind.logical in (Logical.FLOAT32, Logical.FLOAT64):
        return float(number)
    if number != number.to_integral_value():
        raise ValueError
    return int(number)


def _refuse(value: object, holder: Holder, what: str) -> Any:
    raise _no_value(value, holder, what)


def _no_value(value: object, holder: Holder, what: str) -> UsageError:
    shown = repr(value)
    return UsageError(
        f"{what} is {shown if len(shown) <= 40 else shown[:40] + '…'}, which is no value of {holder.kind.pg}",
        f"the column has {kind_of(holder.kind)}; moments are written as 2024-02-29 or 2024-02-29 23:59:59+00:00",
    )


def _require_allowed(value: Any, holder: Holder, what: str) -> None:
    """Raise UsageError if the column's word, type or CHECKs do not allow a value."""
    bounds = holder.bounds
    if holder.labels is not None and value not in holder.labels:
        raise UsageError(f"{what} is {value!r}, which is no label of the enum", f"labels are: {some(holder.labels)}")
    if holder.choices is not None and value not in holder.choices:
        listed = some([str(choice) for choice in holder.choices])
        raise UsageError(f"{what} is {value!r}, and the column's word gives listed values only", f"they are: {listed}")
    if isinstance(value, str) and holder.labels is None:
        _require_text(value, holder, what)
    if bounds.values is not None and str(value) not in bounds.values:
        raise UsageError(f"{what} is {value!r}, which a CHECK does not allow", f"it allows: {some(bounds.values)}")
    if holder.kind.logical in NUMBERS:
        number = Decimal(str(value))
        if (bounds.low is not None and number < bounds.low) or (bounds.high is not None and number > bounds.high):
            low, high = ("any" if bound is None else str(bound) for bound in (bounds.low, bounds.high))
            raise UsageError(f"{what} is {value}, which a CHECK does not allow", f"it allows from {low} to {high}")
    if holder.kind.logical in MOMENTS and (
        (bounds.earliest is not None and str(value) < bounds.earliest)
        or (bounds.latest is not None and str(value) > bounds.latest)
    ):
        raise UsageError(
            f"{what} is {value}, which a CHECK does not allow",
            f"it allows from {bounds.earliest or 'any'} to {bounds.latest or 'any'}",
        )


def _require_text(value: str, holder: Holder, what: str) -> None:
    if "\0" in value or any("\ud800" <= character <= "\udfff" for character in value):
        raise UsageError(f"{what} holds a character that Postgres cannot store", "leave out U+0000 and lone surrogates")
    most = MOST if holder.longest is None else min(MOST, holder.longest)
    if len(value) > most:
        holds = "an edge case" if most == MOST else "the column"
        raise UsageError(
            f"{what} has {len(value):,} characters, more than the limit of {most:,} for {holds}",
            "shorten it, or write longest()",
        )
    if len(value) < holder.bounds.shortest:
        raise UsageError(
            f"{what} has {len(value)} characters, and a CHECK asks for {holder.bounds.shortest}", "write a longer one"
        )
    letters = holder.bounds.letters
    if letters is not None and value != (value.lower() if letters == "lower" else value.upper()):
        raise UsageError(f"{what} is {value!r}, which a CHECK does not allow", f"it asks for {letters} case")
    if holder.bounds.pattern is not None and re.search(holder.bounds.pattern, value) is None:
        raise UsageError(f"{what} is {value!r}, which a CHECK does not allow", f"it asks for {holder.bounds.pattern}")
    if is_padded(holder.kind) and value != value.rstrip(" "):
        raise UsageError(f"{what} ends with spaces, which {holder.kind.pg} does not keep", "leave them out")
