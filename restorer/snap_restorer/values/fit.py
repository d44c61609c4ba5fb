"""Whether a value of the snapshot's type goes into a target's column, and in which form COPY carries it. Pure."""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum

from snap.schema import Enum
from snap.types import Logical, Type, parse
from snap_restorer.pg.introspect import TargetColumn


class Form(StrEnum):
    """What COPY BINARY carries for a column. TEXT_ONLY has no such form here: its whole table goes as COPY text."""

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
    """How one column travels. For arrays `element` is the OID that the target gives to the elements' type."""

    form: Form
    item: Wire | None = None
    element: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Misfit:
    """Why a column's values cannot go in."""

    reason: str


_INTEGERS = {Logical.INT16: 16, Logical.INT32: 32, Logical.INT64: 64}
_DIGITS = {Logical.INT16: 5, Logical.INT32: 10, Logical.INT64: 19}
_WIDE = {Form.INT2: Logical.INT16, Form.INT4: Logical.INT32, Form.INT8: Logical.INT64}
_SAME = {
    Logical.BOOL: Form.BOOL,
    Logical.BYTES: Form.BYTES,
    Logical.UUID: Form.UUID,
    Logical.DATE: Form.DATE,
    Logical.TIME: Form.TIME,
    Logical.TIMESTAMP: Form.TIMESTAMP,
    Logical.TIMESTAMPTZ: Form.TIMESTAMP,
    Logical.INTERVAL: Form.INTERVAL,
}
_FLOATS = {Logical.FLOAT32: 32, Logical.FLOAT64: 64}
_JSON = {Logical.JSONB: Form.JSONB, Logical.JSON: Form.BYTES}
_TEXTS = frozenset({Logical.STRING, Logical.ENUM, Logical.TEXT})
_BLANK_PADDED = re.compile(r"^character(\(\d+\))?$")
_MODIFIER = re.compile(r"\((\d+)(?:,(-?\d+))?\)")
_PRECISE = re.compile(r"^(timestamp|time|interval|bit varying)\b")  # of more digits holds all of fewer
_FULL = 6  # digits of a second: all that Postgres keeps


def fit(source: Type, enum: Enum | None, target: TargetColumn) -> Wire | Misfit:
    """Decide for one column; `enum` holds the labels of `source` where it (or its elements) is an enum."""
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
    """Decide for one type; `into` is beneath the domains of the one that the target declares."""
    a, b = source.logical, into.logical
    wire: Form | None = None
    if a is Logical.TEXT and _same_text(source.pg, into.pg, declared):
        wire = Form.TEXT_ONLY
    elif a in _INTEGERS and b in _INTEGERS and _INTEGERS[a] <= _INTEGERS[b]:
        wire = next(form for form, logical in _WIDE.items() if logical is b)
    elif a in _FLOATS and b in _FLOATS and _FLOATS[a] <= _FLOATS[b]:
        wire = Form.FLOAT4 if b is Logical.FLOAT32 else Form.FLOAT8
    elif a is Logical.DECIMAL and _holds_digits(into, _known(source.precision), _known(source.scale)):
        wire = Form.NUMERIC
    elif a in _INTEGERS and _holds_digits(into, _DIGITS[a], 0):
        wire = Form.TEXT_ONLY
    elif a in _TEXTS and b is Logical.STRING:
        wire = Form.BYTES if _holds_text(source, enum, into) else None
    elif (a is Logical.STRING and into.pg == "citext") or (a is Logical.ENUM and b is Logical.ENUM):
        wire = Form.BYTES
    elif a in _JSON and b in _JSON:
        wire = _JSON[b]
    elif a is b and a in _SAME:
        wire = _SAME[a]
    return Wire(form=wire) if wire else _misfit(source, declared)


def _misfit(source: Type, declared: str) -> Misfit:
    return Misfit(reason=f"is {declared}, too narrow or foreign for {source.pg}")


def _known(value: int | None) -> int:
    assert value is not None
    return value


def _holds_digits(into: Type, precision: int, scale: int) -> bool:
    """Whether a numeric column takes every decimal of so many digits, `scale` of them behind the point."""
    name, room = _split(into.pg)
    if name != "numeric":
        return False
    return room is None or _digits_fit((precision, scale), room)


def _holds_text(source: Type, enum: Enum | None, into: Type) -> bool:
    """Whether a text column takes the values as they are: character(n) would pad all but its like."""
    if _BLANK_PADDED.match(into.pg) and not _BLANK_PADDED.match(source.pg):
        return False
    length = max(map(len, enum.labels), default=0) if enum is not None else source.length
    return into.length is None or (length is not None and length <= into.length)


def _same_text(pg: str, base: str, declared: str) -> bool:
    """Whether Postgres text of type `pg` may go into a column: the same type, or the same one with more room."""
    return pg in {base, declared} or _roomier(_plain(pg), base)


def _split(pg: str) -> tuple[str, tuple[int, int] | None]:
    """Return a printed type without its modifier, and the modifier's two numbers; a quoted name has none."""
    found = None if '"' in pg else _MODIFIER.search(pg)
    if found is None:
        return pg, None
    return _MODIFIER.sub("", pg), (int(found[1]), int(found[2] or 0))


def _plain(pg: str) -> str:
    """Return a type without a modifier that says nothing: all six digits of a second."""
    name, modifier = _split(pg)
    return name if modifier == (_FULL, 0) and _PRECISE.match(name) and not name.startswith("bit") else pg


def _roomier(pg: str, base: str) -> bool:
    """Whether `base` is the type `pg` without its modifier, or with one that takes more."""
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
    """Whether numeric of precision and scale `room` holds numeric of `need`."""
    return need[1] <= room[1] and need[0] - need[1] <= room[0] - room[1]
