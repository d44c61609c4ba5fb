"""The types that values of columns are made as: beneath domains, and where snapshots keep values as text."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping

from snap.schema import Details, Enum, Table
from snap.types import Logical, Type, parse

# Types without a modifier, whose values are made in the form of one with it.
_MADE_AS = {"bpchar": "text", "numeric": "numeric(12,2)", "citext": "text"}
_LONG_DECIMAL = re.compile(r"numeric\(\d+,(\d+)\)")  # of more digits than Arrow's decimals have
_PRECISION = re.compile(r"\(\d\)(?= with)")


def kinds_of(table: Table, details: Details, enums: Mapping[str, Enum]) -> dict[str, Type]:
    """Return the types that columns are made as: those beneath domains, without a precision of seconds."""
    bases = dict(details.bases)
    return {c.name: made_as(bases.get(c.name, c.type.pg), enums) for c in table.stored}


def made_as(pg: str, enums: Collection[str]) -> Type:
    """Return the type that values of Postgres' type `pg` are made as, where snapshots keep that as text."""
    kind = parse(pg, enums)
    if kind.logical is not Logical.TEXT:
        return kind
    scale = _LONG_DECIMAL.fullmatch(pg)
    if scale is not None:
        return parse(f"numeric(12,{min(int(scale[1]), 2)})", enums)
    return parse(_MADE_AS.get(pg, _PRECISION.sub("", pg)), enums)
