"""Canonical equality as DuckDB expressions, as snap.types.canonical defines it in Arrow. Pure: texts in, texts out.

Two values are equal exactly when their canonical bytes are equal (docs/format.md). If both sides store the same form,
the values themselves are compared, which is as exact and faster. Otherwise their canonical bytes are compared. DuckDB's
own `=` is not enough: it treats different intervals as equal, and its `hash()` collides on texts that differ in two
letters' case.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

from snap.types.registry import Logical, Type

_LONG = 64  # bytes: a longer value is replaced by its SHA-256, 65 bytes with a mark


@dataclass(frozen=True, slots=True)
class Canonical(Type):
    """The type of a column whose source returns STRUCT(bytes BLOB, text VARCHAR) instead of plain values.

    `bytes` are the canonical bytes for the other side's type, and `text` is shown to people. Sources return this type
    if the other side's type cannot hold some values.
    """


@dataclass(frozen=True, slots=True, kw_only=True)
class Expressions:
    """SQL templates over a value `{v}` of one type.

    `form` is the DuckDB type of `native`, in which values of several types can be compared. `canonical` gives the
    canonical bytes of docs/format.md as a BLOB, `shown` the value as people and JSON see it, and `view` the value as
    checks see it. `stored` is true if stored values are equal in DuckDB exactly when their canonical bytes are equal.
    `invalid` is the condition that a file's value is not of the type. It is None if every value is of the type.
    """

    form: str
    native: str
    canonical: str
    shown: str = "{v}::VARCHAR"
    view: str = "{v}"
    stored: bool = True
    invalid: str | None = None


def comparable(value: str, mine: Type, other: Type) -> str:
    """Return the SQL that makes `value`, of type `mine`, comparable with a value of type `other`.

    The expressions of both sides have one DuckDB type. They are equal (IS NOT DISTINCT FROM) exactly when the canonical
    bytes are equal.
    """
    if compares_stored(mine, other):
        return value
    a, b = expressions(mine), expressions(other)
    return (a.native if a.form == b.form else a.canonical).format(v=value)


def narrow(value: str, mine: Type, other: Type) -> str:
    """Return the SQL of `comparable`, with long texts and bytes replaced by their SHA-256 to save memory.

    The results are equal exactly when the values are, because a replaced value is longer than any value that is kept.
    """
    compared = comparable(value, mine, other)
    kind, other_kind = expressions(mine).form, expressions(other).form
    if kind != other_kind:
        kind = "BLOB"
    if kind not in {"VARCHAR", "BLOB"}:
        return compared
    length = f"octet_length({compared})" if kind == "BLOB" else f"strlen({compared})"
    return f"CASE WHEN {length} > {_LONG} THEN ('#' || sha256({compared}))::{kind} ELSE {compared} END"


def compares_stored(a: Type, b: Type) -> bool:
    """Return whether values of these two types are compared in their stored form."""
    if a.item is not None and b.item is not None:
        return compares_stored(a.item, b.item)
    return a.logical == b.logical and a.scale == b.scale and expressions(a).stored and expressions(b).stored


def shown(value: str, kind: Type) -> str:
    """Return the SQL for a value as people and JSON see it: integers and booleans unchanged, all else as text."""
    return expressions(kind).shown.format(v=value)


def view(value: str, kind: Type) -> str:
    """Return the SQL for a value of a Parquet file in DuckDB's own type for it, as checks see it."""
    return expressions(kind).view.format(v=value)


def invalid(value: str, kind: Type) -> str | None:
    """Return the SQL condition that a file's value is not of its type, or None if every value is of the type."""
    condition = expressions(kind).invalid
    return condition.format(v=value) if condition else None


def expressions(kind: Type) -> Expressions:
    """Return the SQL templates of a type."""
    if isinstance(kind, Canonical):
        return _CANONICAL
    entry = EXPRESSIONS[kind.logical]
    return entry(kind) if callable(entry) else entry


def _decimal(kind: Type) -> Expressions:
    # DuckDB prints .5 if the type has no room for a digit before the point.
    bare = kind.precision == kind.scale
    text = "regexp_replace({v}::VARCHAR, '^(-?)[.]', '\\10.')" if bare else "{v}::VARCHAR"
    return Expressions(
        form=f"DECIMAL(38,{kind.scale})",
        native=f"{{v}}::DECIMAL(38,{kind.scale})",
        canonical=f"encode({text})" if kind.scale == 0 else f"encode(rtrim(rtrim({text}, '0'), '.'))",
        shown=text,
    )


def _list(kind: Type) -> Expressions:
    assert kind.item is not None
    item = expressions(kind.item)
    element = item.canonical.format(v="e")
    field = f"hex(octet_length({element})::INTEGER::BIT::BLOB) || hex({element})"
    fields = f"list_transform({{v}}, lambda e: CASE WHEN e IS NULL THEN 'FFFFFFFF' ELSE {field} END)"
    return Expressions(
        form=item.form + "[]",
        native=f"list_transform({{v}}, lambda e: {item.native.format(v='e')})",
        canonical=f"unhex(array_to_string({fields}, ''))",
        shown=f"list_transform({{v}}, lambda e: {item.shown.format(v='e')})::VARCHAR",
    )


def _number(native: str, shown: str = "{v}::VARCHAR") -> Expressions:
    """Return the templates of a number whose canonical bytes are the 64 bits of `native`."""
    return Expressions(form="BIGINT", native=native, canonical=f"({native})::BIT::BLOB", shown=shown)


def _interval() -> Expressions:
    parts = (("months", "INTEGER"), ("days", "INTEGER"), ("microseconds", "BIGINT"))
    part = "struct_extract({{v}}, '{0}')"
    interval = " + ".join(f"to_{name}({part.format(name)})" for name, _ in parts)
    return Expressions(
        form=_INTERVAL,
        native=f"{{v}}::{_INTERVAL}",
        canonical=f"({' || '.join(f'{part.format(name)}::{width}::BIT::BLOB' for name, width in parts)})",
        shown=f"({interval})::VARCHAR",
        view="to_months({v}.months) + to_days({v}.days) + to_microseconds({v}.microseconds)",
    )


_INTERVAL = "STRUCT(months BIGINT, days BIGINT, microseconds BIGINT)"
_CANONICAL = Expressions(
    form="BLOB",
    native="struct_extract({v}, 'bytes')",
    canonical="struct_extract({v}, 'bytes')",
    shown="struct_extract({v}, 'text')",
    stored=False,
)
_INTEGER = _number("{v}::BIGINT", shown="{v}")
# -0.0 + 0.0 is +0.0; every NaN becomes the one that DuckDB writes.
_ANY_FLOAT = "CASE WHEN isnan({v}) THEN 'NaN'::DOUBLE ELSE {v}::DOUBLE + 0.0::DOUBLE END"
_FLOAT = Expressions(
    form="DOUBLE",
    native=_ANY_FLOAT,
    canonical=f"CASE WHEN isnan({{v}}) THEN unhex('7FF8000000000000') ELSE ({_ANY_FLOAT})::BIT::BLOB END",
    stored=False,
)
_TEXT = Expressions(form="VARCHAR", native="{v}::VARCHAR", canonical="encode({v}::VARCHAR)")
_JSONB = replace(_TEXT, stored=False, invalid="NOT json_valid({v}::VARCHAR)")
# Postgres accepts half a surrogate pair in json, and DuckDB does not. With each replaced by a space, both agree.
_SURROGATE = "\\\\u[dD][89a-fA-F][0-9a-fA-F]{{2}}"
_JSON = replace(_JSONB, invalid=f"NOT json_valid(regexp_replace({{v}}::VARCHAR, '{_SURROGATE}', '\\\\u0020', 'g'))")
_TIME = _number("epoch_us({v})")

EXPRESSIONS: Mapping[Logical, Expressions | Callable[[Type], Expressions]] = {
    Logical.BOOL: Expressions(
        form="BOOLEAN",
        native="{v}",
        canonical="CASE {v} WHEN true THEN '\\x01'::BLOB WHEN false THEN '\\x00'::BLOB END",
        shown="{v}",
    ),
    Logical.INT16: _INTEGER,
    Logical.INT32: _INTEGER,
    Logical.INT64: _INTEGER,
    Logical.FLOAT32: _FLOAT,
    Logical.FLOAT64: _FLOAT,
    Logical.DECIMAL: _decimal,
    Logical.STRING: _TEXT,
    Logical.BYTES: Expressions(form="BLOB", native="{v}", canonical="{v}", shown="'\\x' || lower(hex({v}))"),
    Logical.UUID: Expressions(form="UUID", native="{v}", canonical="unhex(replace({v}::VARCHAR, '-', ''))"),
    Logical.JSONB: _JSONB,
    Logical.JSON: _JSON,
    Logical.DATE: _number("({v} - DATE '1970-01-01')::BIGINT"),
    Logical.TIME: _TIME,
    Logical.TIMESTAMP: _TIME,
    Logical.TIMESTAMPTZ: _TIME,
    Logical.INTERVAL: _interval(),
    Logical.ENUM: _TEXT,
    Logical.LIST: _list,
    Logical.TEXT: _TEXT,
}
