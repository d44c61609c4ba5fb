"""Decide whether values of a snapshot's type fit a target's column, and in which form COPY carries them. Pure."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import StrEnum

from snap.schema import Enum
from snap.types import Logical, Type, is_padded, parse
from snap_restorer.pg.introspect import TargetColumn


class Form(StrEnum):
    """The form of a column in COPY BINARY. TEXT_ONLY has no binary form, so the whole table is sent as COPY text."""

    BOOL = "bool"
    INT2 = "int2"
    INT4 = "int4"
    INT8 = "int8"
    FLOAT4 = "float4"
    FLOAT8 = "float8"
    NUMERIC = "numeric"
    BYTES = "bytes"
    UUID = "uuid"
    JSONB = "jsonb"
    DATE = "date"
    TIME = "time"
    TIMESTAMP = "timestamp"
    INTERVAL = "interval"
    ARRAY = "array"
    TEXT_ONLY = "text"


@dataclass(frozen=True, slots=True, kw_only=True)
class Wire:
    """The form in which COPY carries one column. For arrays `element` is the OID of the target's element type."""

    form: Form
    item: Wire | None = None
    element: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class ColumnPlan:
    """A column that COPY writes: the snapshot's type, and the form in which COPY carries the values."""

    name: str
    type: Type
    wire: Wire


@dataclass(frozen=True, slots=True, kw_only=True)
class Misfit:
    """The reason why a column's values do not fit the target's column."""

    reason: str


_MODIFIER = re.compile(r"\((\d+)(?:,(-?\d+))?\)")
_PRECISE = re.compile(r"^(timestamp|time|interval|bit varying)\b")  # with more digits it holds all values of fewer
_FULL = 6  # digits of a second: all that Postgres keeps


def fit(source: Type, enum: Enum | None, target: TargetColumn) -> Wire | Misfit:
    """Return how COPY carries values of `source` into a target's column, or why they do not fit.

    `enum` holds the labels of `source` if it, or the type of its elements, is an enum.
    """
    is_enum = target.kind == "e"
    names = {target.base, target.base.removesuffix("[]")} if is_enum else ()
    missing = [label for label in enum.labels if label not in target.labels] if enum and is_enum else []
    if missing:
        return Misfit(reason=f"lacks the labels {', '.join(map(repr, missing))} of {target.base}")
    if source.item is not None and target.base.endswith("[]"):
        into = parse(_plain(target.base.removesuffix("[]")), names)
        item = _scalar(source.item, enum, into, into.pg)
        if isinstance(item, Misfit):
            return _misfit(source, target.type)
        return Wire(form=Form.ARRAY, item=item, element=target.element or 0)
    return _scalar(source, enum, parse(_plain(target.base), names), target.type)


def _scalar(source: Type, enum: Enum | None, into: Type, declared: str) -> Wire | Misfit:
    """Return the result of `fit` for one type. `into` is the target's `declared` type without domains."""
    form = FITS[source.logical].rule(_Pair(source=source, enum=enum, into=into, declared=declared))
    return Wire(form=form) if form else _misfit(source, declared)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Pair:
    """A type of the snapshot and one of the target: `into` is the type `declared` without domains."""

    source: Type
    enum: Enum | None
    into: Type
    declared: str


def _same(pair: _Pair) -> Form | None:
    return FITS[pair.into.logical].form if pair.source.logical is pair.into.logical else None


def _same_family(pair: _Pair) -> Form | None:
    return FITS[pair.into.logical].form if pair.source.facts.family is pair.into.facts.family else None


def _number(pair: _Pair) -> Form | None:
    """Return the form if both types are of the same family and the target's is at least as wide."""
    width, room = pair.source.facts.heap_width, pair.into.facts.heap_width
    return _same_family(pair) if width and room and width <= room else None


def _integer(pair: _Pair) -> Form | None:
    width = pair.source.facts.heap_width
    assert width is not None
    digits = len(str(1 << (8 * width - 1)))
    return _number(pair) or (Form.TEXT_ONLY if _holds_digits(pair.into, digits, 0) else None)


def _decimal(pair: _Pair) -> Form | None:
    assert pair.source.precision is not None
    assert pair.source.scale is not None
    return Form.NUMERIC if _holds_digits(pair.into, pair.source.precision, pair.source.scale) else None


def _string(pair: _Pair) -> Form | None:
    if pair.source.logical is Logical.STRING and pair.into.pg == "citext":
        return Form.BYTES
    if pair.into.logical is not Logical.STRING:
        return None
    return Form.BYTES if _holds_text(pair.source, pair.enum, pair.into) else None


def _text(pair: _Pair) -> Form | None:
    return Form.TEXT_ONLY if _same_text(pair.source.pg, pair.into.pg, pair.declared) else _string(pair)


def _misfit(source: Type, declared: str) -> Misfit:
    return Misfit(reason=f"is {declared}, which cannot hold every value of {source.pg}")


def _holds_digits(into: Type, precision: int, scale: int) -> bool:
    """Return whether a numeric column holds every decimal of `precision` digits, `scale` of them after the point."""
    name, room = _split(into.pg)
    if name != "numeric":
        return False
    return room is None or _digits_fit((precision, scale), room)


def _holds_text(source: Type, enum: Enum | None, into: Type) -> bool:
    """Return whether a text column keeps values unchanged. character(n) would pad all values except padded ones."""
    if is_padded(into) and not is_padded(source):
        return False
    length = max(map(len, enum.labels), default=0) if enum is not None else source.length
    return into.length is None or (length is not None and length <= into.length)


def _same_text(pg: str, base: str, declared: str) -> bool:
    """Return whether text of type `pg` fits a column: the same type, or the same type with more room."""
    return pg in {base, declared} or _roomier(_plain(pg), base)


def _split(pg: str) -> tuple[str, tuple[int, int] | None]:
    """Return a printed type without its modifier, and the modifier's two numbers. A quoted name has no modifier."""
    modifier = None if '"' in pg else _MODIFIER.search(pg)
    if modifier is None:
        return pg, None
    return _MODIFIER.sub("", pg), (int(modifier[1]), int(modifier[2] or 0))


def _plain(pg: str) -> str:
    """Return a type without a modifier that has no effect, namely all six fractional digits of a second."""
    name, modifier = _split(pg)
    return name if modifier == (_FULL, 0) and _PRECISE.match(name) and not name.startswith("bit") else pg


def _roomier(pg: str, base: str) -> bool:
    """Return whether `base` is the type `pg` without its modifier, or with a modifier that allows more."""
    name, need = _split(pg)
    into, room = _split(base)
    if name.startswith("interval ") and into == "interval":  # of fields, such as interval day to second
        name = into
    if name != into or room is None or need is None:
        return name == into and room is None
    if name.startswith("numeric"):
        return _digits_fit(need, room)
    return need == room or (need[0] < room[0] and _PRECISE.match(name) is not None)


def _digits_fit(need: tuple[int, int], room: tuple[int, int]) -> bool:
    """Return whether a numeric with precision and scale `room` holds every numeric with those of `need`."""
    return need[1] <= room[1] and need[0] - need[1] <= room[0] - room[1]


@dataclass(frozen=True, slots=True)
class Fit:
    """The form of one logical type in COPY BINARY, and the rule that decides whether its values fit a column."""

    form: Form
    rule: Callable[[_Pair], Form | None] = _same


FITS: Mapping[Logical, Fit] = {
    Logical.BOOL: Fit(Form.BOOL),
    Logical.INT16: Fit(Form.INT2, _integer),
    Logical.INT32: Fit(Form.INT4, _integer),
    Logical.INT64: Fit(Form.INT8, _integer),
    Logical.FLOAT32: Fit(Form.FLOAT4, _number),
    Logical.FLOAT64: Fit(Form.FLOAT8, _number),
    Logical.DECIMAL: Fit(Form.NUMERIC, _decimal),
    Logical.STRING: Fit(Form.BYTES, _string),
    Logical.BYTES: Fit(Form.BYTES),
    Logical.UUID: Fit(Form.UUID),
    Logical.JSONB: Fit(Form.JSONB, _same_family),
    Logical.JSON: Fit(Form.BYTES, _same_family),
    Logical.DATE: Fit(Form.DATE),
    Logical.TIME: Fit(Form.TIME),
    Logical.TIMESTAMP: Fit(Form.TIMESTAMP),
    Logical.TIMESTAMPTZ: Fit(Form.TIMESTAMP),
    Logical.INTERVAL: Fit(Form.INTERVAL),
    Logical.ENUM: Fit(Form.BYTES, lambda pair: _same(pair) or _string(pair)),
    Logical.LIST: Fit(Form.ARRAY, lambda _: None),  # `fit` decides for lists by their elements
    Logical.TEXT: Fit(Form.TEXT_ONLY, _text),
}
