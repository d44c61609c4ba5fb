"""Infer polymorphic references: columns x_type and x_id, if a CHECK or an enum lists the tables of x_type."""

from __future__ import annotations

import re
from collections.abc import Sequence
from decimal import Decimal

from snap.schema import Schema, Table
from snap.types import Logical
from snap_builder.declare.polymorphic import Polymorphic, polymorphic
from snap_builder.infer.checks import Bounds, read_checks
from snap_builder.infer.kinds import kinds_of
from snap_builder.infer.references import keys_of

_TYPE = re.compile(r"(.*?)(_type|_kind|_table|Type|Kind|Table)")
_WORD = re.compile(r"(?<=[a-z0-9])(?=[A-Z])")
_PLURALS = (("y", "ies"), ("", "s"), ("", "es"), ("", ""))


def infer_polymorphic(table: Table, schema: Schema) -> dict[str, Polymorphic]:
    """Return the words of a table's columns that name rows of several tables, by the column of the row's key.

    A column has such a word if a CHECK or an enum allows only names of tables, and it can store their keys.
    """
    details, enums = schema.detail(table.label), {enum.name: enum for enum in schema.enums}
    kinds = kinds_of(table, details, enums)
    bounds = read_checks(details.checks, dict.fromkeys(kinds, Decimal(1))).bounds
    held = {name for key in details.references or table.foreign_keys for name in key.columns}
    words = {}
    for name, kind in kinds.items():
        match = _TYPE.fullmatch(name)
        column = None if match is None else f"{match[1]}{'_id' if match[2][0] == '_' else 'Id'}"
        values = enums[kind.pg].labels if kind.logical is Logical.ENUM else bounds.get(name, Bounds()).values
        if column not in kinds or values is None or held & {name, column}:
            continue
        if any({name, column} <= {*key} for key in keys_of(table, details)):
            continue  # a key needs different values, and rows of a parent may repeat
        keys = {value: _table(value, schema.tables) for value in values}
        targets = {value: each.label for value, each in keys.items() if each is not None}
        if len(targets) == len(values) and all(
            _stores(kinds[column].logical, each, schema) for each in keys.values() if each is not None
        ):
            words[column] = polymorphic(targets, kind=name)
    return words


def _table(value: str, tables: Sequence[Table]) -> Table | None:
    """Return the table that a value names: `posts` for post, Post, posts and App::Post."""
    name = _WORD.sub("_", re.split(r"::|[.\\]", value)[-1]).lower()
    stems = {name.removesuffix(old) + new for old, new in _PLURALS if name.endswith(old)}
    return next((each for each in tables if each.name.lower() in stems and len(each.primary_key) == 1), None)


def _stores(logical: Logical, parent: Table, schema: Schema) -> bool:
    kinds = kinds_of(parent, schema.detail(parent.label), {enum.name: enum for enum in schema.enums})
    return logical in (kinds[parent.primary_key[0]].logical, Logical.STRING)
