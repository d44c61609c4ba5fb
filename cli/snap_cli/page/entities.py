"""The content of every entity diagram: tables, the columns of their keys, and their foreign keys. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from snap.schema import Column, ForeignKey, Table


@dataclass(frozen=True, slots=True, kw_only=True)
class Entity:
    """A table of a diagram, with its number in the manifest.

    `keys` are the table's key columns, and the columns that other tables refer to.
    """

    table: Table
    number: int
    keys: tuple[Column, ...]

    def marks(self, column: str) -> tuple[str, ...]:
        """Return the marks of a column: PK for primary key, FK for foreign key, UK for unique."""
        table = self.table
        foreign = any(column in key.columns for key in table.foreign_keys)
        unique = (column,) in table.unique and table.primary_key != (column,)
        held = (("PK", column in table.primary_key), ("FK", foreign), ("UK", unique))
        return tuple(mark for mark, holds in held if holds)


@dataclass(frozen=True, slots=True, kw_only=True)
class Relation:
    """A foreign key from `child` to `parent`.

    `optional`: a row may have no parent. `single`: a parent has at most one row.
    """

    child: Entity
    parent: Entity
    key: ForeignKey
    optional: bool
    single: bool


def entities(tables: Iterable[Table]) -> tuple[Entity, ...]:
    """Return the tables with their key columns."""
    every = tuple(tables)
    named: dict[str, set[str]] = {}
    for table in every:
        named.setdefault(table.label, set()).update(table.primary_key)
        for key in table.foreign_keys:
            named[table.label].update(key.columns)
            named.setdefault(key.references, set()).update(key.to)
    return tuple(
        Entity(table=table, number=number, keys=tuple(c for c in table.columns if c.name in named[table.label]))
        for number, table in enumerate(every, 1)
    )


def relations(drawn: Sequence[Entity]) -> tuple[Relation, ...]:
    """Return the foreign keys between the tables, each once. Those to tables that are not drawn are left out."""
    known = {entity.table.label: entity for entity in drawn}
    return tuple(
        Relation(
            child=child,
            parent=known[key.references],
            key=key,
            optional=any(child.table.column(name).nullable for name in key.columns),
            single=any(
                each and set(each) <= set(key.columns) for each in (child.table.primary_key, *child.table.unique)
            ),
        )
        for child in drawn
        for key in dict.fromkeys(child.table.foreign_keys)
        if key.references in known
    )
