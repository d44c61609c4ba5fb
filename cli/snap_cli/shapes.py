"""Limit the values that are read from a database's statistics.

No values are read of columns that look personal or hold free text.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from snap.shapes import Privacy
from snap.types import Logical
from snap_cli.personal import identifies_person, names_person, personal_columns

if TYPE_CHECKING:
    from snap.schema import Schema

_TEXTS = (Logical.STRING, Logical.TEXT)  # a domain over text has the type TEXT
_INTEGERS = (Logical.INT16, Logical.INT32, Logical.INT64)


def privacy_of(schema: Schema) -> Privacy:
    """Return the columns whose values must not leave the database, and the names that no category may contain."""
    from snap_builder.infer.names import is_free_text  # noqa: PLC0415
    from snap_builder.words.lists import LISTS  # noqa: PLC0415

    private = {(each.table.label, each.column.name) for each in personal_columns(schema.tables)}
    private |= {
        (table.label, column.name)
        for table in schema.tables
        for column in table.stored
        if (column.type.logical in _TEXTS and (is_free_text(column.name) or names_person(column.name)))
        or (column.type.logical in _INTEGERS and identifies_person(column.name))
    }
    people = sorted({word.lower() for name in ("first", "last") for word in LISTS[name]})
    return Privacy(private=frozenset(private), names=tuple(people))
