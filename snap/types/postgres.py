"""Parse Postgres types into logical types, as format_type() prints them and as a manifest stores them."""

from __future__ import annotations

import re
from collections.abc import Collection

from snap.errors import SnapshotError
from snap.types.registry import REGISTRY, Logical, Type

_SIMPLE = {name: logical for logical, facts in REGISTRY.items() for name in facts.postgres}
_MODIFIED = re.compile(r"^(?P<base>character varying|character|numeric)\((?P<a>\d+)(?:,(?P<b>-?\d+))?\)$")
_PADDED = re.compile(r"character(\(|$)")
_DECIMAL_DIGITS = 38  # the limit of decimal128 and DuckDB's DECIMAL


def parse(pg: str, enums: Collection[str] = ()) -> Type:
    """Return the type that Postgres prints as `pg`. `enums` are the names of the schema's enum types.

    A type without an exact logical type is stored as Postgres text.
    """
    if pg.endswith("[][]"):  # Postgres prints no such type, but a manifest may hold any number of brackets
        return Type(pg, Logical.TEXT)
    if pg.endswith("[]"):
        item = parse(pg[:-2], enums)
        if item.logical in {Logical.TEXT, Logical.LIST}:
            return Type(pg, Logical.TEXT)
        return Type(pg, Logical.LIST, item=item)
    if pg in enums:
        return Type(pg, Logical.ENUM)
    if pg in _SIMPLE:
        return Type(pg, _SIMPLE[pg], length=1 if pg == "character" else None)
    match = _MODIFIED.match(pg)
    if match is None:
        return Type(pg, Logical.TEXT)
    if match["base"] != "numeric":
        return Type(pg, Logical.STRING, length=int(match["a"]))
    precision, scale = int(match["a"]), int(match["b"] or 0)
    if precision > _DECIMAL_DIGITS or not 0 <= scale <= precision:
        return Type(pg, Logical.TEXT)
    return Type(pg, Logical.DECIMAL, precision=precision, scale=scale)


def with_logical(pg: str, logical: str, enums: Collection[str] = ()) -> Type:
    """Return the type `pg` with the logical type that a manifest stores: that of `pg` itself, or Postgres text.

    Errors: SnapshotError if `logical` is neither.
    """
    natural = parse(pg, enums)
    if logical == natural.logical.value:
        return natural
    if logical == Logical.TEXT.value:
        return Type(pg, Logical.TEXT)
    raise SnapshotError(
        f"type {pg} cannot be stored as {logical!r}",
        "the manifest was written by another version of snap, or altered; build the snapshot again",
    )


def is_padded(type_: Type) -> bool:
    """Return whether Postgres pads values of this type with blanks: character(n)."""
    return type_.logical is Logical.STRING and _PADDED.match(type_.pg) is not None
