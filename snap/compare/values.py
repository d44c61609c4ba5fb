"""Canonical equality as DuckDB expressions, one logical type after the other; snap.canonical says the same in Arrow.

Two values are equal exactly when their canonical bytes are (docs/format.md). Where both sides store the same form, the
values themselves are compared, which is as exact and faster; else their canonical bytes are made. DuckDB's own `=` will
not do: it holds intervals equal that are not, and its `hash()` collides on texts that differ in two letters' case.
"""

from __future__ import annotations

from dataclasses import dataclass

from snap.types import Logical, Type

_INTEGERS = frozenset({Logical.INT16, Logical.INT32, Logical.INT64})
_TIMES = frozenset({Logical.TIME, Logical.TIMESTAMP, Logical.TIMESTAMPTZ})
_FLOATS = frozenset({Logical.FLOAT32, Logical.FLOAT64})
_JSON = frozenset({Logical.JSON, Logical.JSONB})
_LONG = 64  # bytes: what is longer has its SHA-256 in its place, 65 bytes with a mark
_TEXTS = frozenset({Logical.STRING, Logical.ENUM, Logical.TEXT}) | _JSON


@dataclass(frozen=True, slots=True)
class Canonical(Type):
    """The type of a column that its source gives as STRUCT(bytes BLOB, text VARCHAR): canonical bytes, made as the
    other side's type wants them, and what people are shown. For values that the other side's type cannot hold.
    """


def comparable(value: str, mine: Type, other: Type) -> str:
    """Return the expression that compares the SQL expression `value`, of type `mine`, with one of type `other`.

    Both sides' expressions are of one DuckDB type, equal (IS NOT DISTINCT FROM) exactly when canonical bytes are.
    """
    if compares_stored(mine, other):
        return value
    return canonical_bytes(value, mine) if _by_bytes(mine, other) else native(value, mine)


def _by_bytes(mine: Type, other: Type) -> bool:
    return isinstance(mine, Canonical) or isinstance(other, Canonical) or form(mine) != form(other)


def narrow(value: str, mine: Type, other: Type) -> str:
    """Return what `comparable` gives, but long texts and bytes as their SHA-256: for rows that do not fit into memory.

    Equal exactly when the values are, for what stands for a long one is longer than any short one.
    """
    made = comparable(value, mine, other)
    if not compares_stored(mine, other) and (_by_bytes(mine, other) or form(mine) == "BLOB"):
        kind, length = "BLOB", f"octet_length({made})"
    elif not compares_stored(mine, other):
        kind, length = form(mine), f"strlen({made})"
    else:
        kind = {Logical.BYTES: "BLOB"}.get(mine.logical, "VARCHAR" if mine.logical in _TEXTS else "")
        length = f"octet_length({made})" if kind == "BLOB" else f"strlen({made})"
    if kind not in {"VARCHAR", "BLOB"}:
        return made
    return f"CASE WHEN {length} > {_LONG} THEN ('#' || sha256({made}))::{kind} ELSE {made} END"


def compares_stored(a: Type, b: Type) -> bool:
    """Whether values of these types are compared as they are stored."""
    if isinstance(a, Canonical) or isinstance(b, Canonical):
        return False
    if a.item is not None and b.item is not None:
        return compares_stored(a.item, b.item)
    return a.logical == b.logical and a.scale == b.scale and a.logical not in _FLOATS | _JSON


def form(kind: Type) -> str:
    """Name the DuckDB type that `native` gives."""
    logical = kind.logical
    if logical is Logical.LIST:
        assert kind.item is not None
        return form(kind.item) + "[]"
    if logical is Logical.DECIMAL:
        return f"DECIMAL(38,{kind.scale})"
    if logical in _INTEGERS or logical in _TIMES or logical is Logical.DATE:
        return "BIGINT"
    if logical in _FLOATS:
        return "DOUBLE"
    if logical in _TEXTS:
        return "VARCHAR"
    return {
        Logical.BOOL: "BOOLEAN",
        Logical.BYTES: "BLOB",
        Logical.UUID: "UUID",
        Logical.INTERVAL: "STRUCT(months BIGINT, days BIGINT, microseconds BIGINT)",
    }[logical]


def native(value: str, kind: Type) -> str:
    """Return the value in the form that all types with the same `form` share."""
    logical = kind.logical
    if logical is Logical.LIST:
        assert kind.item is not None
        return f"list_transform({value}, lambda e: {native('e', kind.item)})"
    if logical is Logical.DATE:
        return f"({value} - DATE '1970-01-01')::BIGINT"
    if logical in _TIMES:
        return f"epoch_us({value})"
    if logical in _FLOATS:
        # -0.0 + 0.0 is +0.0; every NaN becomes the one that DuckDB writes.
        return f"CASE WHEN isnan({value}) THEN 'NaN'::DOUBLE ELSE {value}::DOUBLE + 0.0::DOUBLE END"
    if logical in {Logical.BOOL, Logical.BYTES, Logical.UUID}:
        return value
    return f"{value}::{form(kind)}"


def canonical_bytes(value: str, kind: Type) -> str:
    """Return the canonical bytes of docs/format.md as a BLOB."""
    if isinstance(kind, Canonical):
        return f"struct_extract({value}, 'bytes')"
    logical = kind.logical
    if logical is Logical.LIST:
        assert kind.item is not None
        element = canonical_bytes("e", kind.item)
        field = f"hex(octet_length({element})::INTEGER::BIT::BLOB) || hex({element})"
        fields = f"list_transform({value}, lambda e: CASE WHEN e IS NULL THEN 'FFFFFFFF' ELSE {field} END)"
        return f"unhex(array_to_string({fields}, ''))"
    if logical is Logical.BOOL:
        return f"CASE {value} WHEN true THEN '\\x01'::BLOB WHEN false THEN '\\x00'::BLOB END"
    if logical in _FLOATS:
        return f"CASE WHEN isnan({value}) THEN unhex('7FF8000000000000') ELSE ({native(value, kind)})::BIT::BLOB END"
    if logical is Logical.DECIMAL:
        text = _decimal_text(value, kind)
        return f"encode({text})" if kind.scale == 0 else f"encode(rtrim(rtrim({text}, '0'), '.'))"
    if logical is Logical.UUID:
        return f"unhex(replace({value}::VARCHAR, '-', ''))"
    if logical is Logical.INTERVAL:
        parts = (("months", "INTEGER"), ("days", "INTEGER"), ("microseconds", "BIGINT"))
        return (
            "(" + " || ".join(f"struct_extract({value}, '{name}')::{width}::BIT::BLOB" for name, width in parts) + ")"
        )
    if logical in _TEXTS:
        return f"encode({value}::VARCHAR)"
    if logical is Logical.BYTES:
        return value
    return f"({native(value, kind)})::BIT::BLOB"


def _decimal_text(value: str, kind: Type) -> str:
    text = f"{value}::VARCHAR"
    # DuckDB prints .5 where the type has no room for a digit before the point.
    return f"regexp_replace({text}, '^(-?)[.]', '\\10.')" if kind.precision == kind.scale else text


def shown(value: str, kind: Type) -> str:
    """Return the value as people and JSON see it: integers and booleans as they are, all else as text."""
    if isinstance(kind, Canonical):
        return f"struct_extract({value}, 'text')"
    logical = kind.logical
    if logical in _INTEGERS or logical is Logical.BOOL:
        return value
    if logical is Logical.BYTES:
        return f"'\\x' || lower(hex({value}))"
    if logical is Logical.INTERVAL:
        parts = zip(("to_months", "to_days", "to_microseconds"), ("months", "days", "microseconds"), strict=True)
        return f"({' + '.join(f'{make}(struct_extract({value}, {part!r}))' for make, part in parts)})::VARCHAR"
    if kind.item is not None:
        return f"list_transform({value}, lambda e: {shown('e', kind.item)})::VARCHAR"
    if logical is Logical.DECIMAL:
        return _decimal_text(value, kind)
    return f"{value}::VARCHAR"
