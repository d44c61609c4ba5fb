"""The types in which values are made: the base types of domains, and types that snapshots keep as text."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping

from snap.schema import Details, Enum, Table
from snap.types import Logical, Type, parse

# Types whose values are made as those of another type.
_MADE_AS = {"bpchar": "text", "numeric": "numeric(12,2)", "citext": "text"}
_LONG_DECIMAL = re.compile(r"numeric\(\d+,(\d+)\)")  # too many digits for Arrow's decimals
_PRECISION = re.compile(r"\(\d\)(?= with)")


def kinds_of(table: Table, details: Details, enums: Mapping[str, Enum]) -> dict[str, Type]:
    """Return the type in which each column is made: the base type of a domain, without a precision of seconds."""
    bases = dict(details.bases)
    return {c.name: made_as(bases.get(c.name, c.type.pg), enums) for c in table.stored}


def made_as(pg: str, enums: Collection[str]) -> Type:
    """Return the type in which values of the Postgres type `pg` are made, also if snapshots store the type as text."""
    kind = parse(pg, enums)
    if kind.logical is not Logical.TEXT:
        return kind
    scale = _LONG_DECIMAL.fullmatch(pg)
    if scale is not None:
        return parse(f"numeric(12,{min(int(scale[1]), 2)})", enums)
    return parse(_MADE_AS.get(pg, _PRECISION.sub("", pg)), enums)
