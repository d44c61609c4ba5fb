"""Whether a value of the snapshot's type goes into a target's column, and in which form COPY carries it. Pure."""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum

from restorer.introspect import TargetColumn
from snap.schema import Enum
from snap.types import Logical, Type, parse


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
_MODIFIER = re.compile(r"\(\d+(?:,-?\d+)?\)")


def fit(source: Type, enum: Enum | None, target: TargetColumn) -> Wire | Misfit:
    """Decide for one column; `enum` holds the labels of `source` where it (or its elements) is an enum."""
    is_enum = target.kind == "e"
    into = parse(target.base, {target.base, target.base.removesuffix("[]")} if is_enum else ())
    missing = [label for label in enum.labels if label not in target.labels] if enum and is_enum else []
    if missing:
        return Misfit(reason=f"lacks the labels {', '.join(map(repr, missing))} of {target.base}")
    if source.logical is Logical.LIST and into.logical is Logical.LIST:
        assert source.item is not None
        assert into.item is not None
        item = _scalar(source.item, enum, into.item)
        if isinstance(item, Misfit):
            return _misfit(source, into, target.type)
        return Wire(form=Form.ARRAY, item=item, element=target.element or 0)
    return _scalar(source, enum, into, target.type)


def _scalar(source: Type, enum: Enum | None, into: Type, declared: str = "") -> Wire | Misfit:
    a, b = source.logical, into.logical
    wire: Form | None = None
    if a in _INTEGERS and b in _INTEGERS and _INTEGERS[a] <= _INTEGERS[b]:
        wire = next(form for form, logical in _WIDE.items() if logical is b)
    elif a in _FLOATS and b in _FLOATS and _FLOATS[a] <= _FLOATS[b]:
        wire = Form.FLOAT4 if b is Logical.FLOAT32 else Form.FLOAT8
    elif a is Logical.DECIMAL and _holds_decimal(source, into):
        wire = Form.NUMERIC
    elif a in _INTEGERS and into.pg == "numeric":
        wire = Form.TEXT_ONLY
    elif a in _TEXTS and b is Logical.STRING:
        wire = Form.BYTES if _length(source, enum) <= _length(into, None) else None
    elif (a is Logical.STRING and into.pg == "citext") or (a is Logical.ENUM and b is Logical.ENUM):
        wire = Form.BYTES
    elif a in _JSON and b in _JSON:
        wire = _JSON[b]
    elif a is b and a in _SAME:
        wire = _SAME[a]
    elif a is Logical.TEXT and _same_text(source.pg, into.pg, declared):
        wire = Form.TEXT_ONLY
    return Wire(form=wire) if wire else _misfit(source, into, declared)


def _misfit(source: Type, into: Type, declared: str) -> Misfit:
    return Misfit(reason=f"is {declared or into.pg}, too narrow or foreign for {source.pg}")


def _holds_decimal(source: Type, into: Type) -> bool:
    if into.pg == "numeric":
        return True
    if into.logical is not Logical.DECIMAL:
        return False
    assert source.precision is not None
    assert source.scale is not None
    assert into.precision is not None
    assert into.scale is not None
    return source.scale <= into.scale and source.precision - source.scale <= into.precision - into.scale


def _length(type_: Type, enum: Enum | None) -> float:
    if enum is not None:
        return max(map(len, enum.labels), default=0)
    return float("inf") if type_.length is None else type_.length


def _same_text(pg: str, base: str, declared: str) -> bool:
    """Whether Postgres text of type `pg` may go into a column: the same type, or the same one without a modifier."""
    return pg in {base, declared} or (_MODIFIER.sub("", pg) == base and not _MODIFIER.search(base))
