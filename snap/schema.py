"""Tables as the snapshot knows them: columns, keys, references, and the order to load them in."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from snap.types import Type


@dataclass(frozen=True, slots=True, kw_only=True)
class Column:
    """One column. `derived`: triggers of the database keep it; `generated`: the database computes it, no file does."""

    name: str
    type: Type
    nullable: bool = True
    derived: bool = False
    generated: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class ForeignKey:
    """`columns` of this table name a row of table `references` (a label) by its columns `to`."""

    columns: tuple[str, ...]
    references: str
    to: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Enum:
    """An enum type and its labels in order. `name` is as Postgres prints it in a column's type."""

    name: str
    labels: tuple[str, ...]


_LABEL = re.compile(r'(?:("(?:[^"]|"")+"|[^".]+)\.)?("(?:[^"]|"")+"|[^".]+)')


def _part(name: str) -> str:
    return '"' + name.replace('"', '""') + '"' if set('."') & set(name) else name


def table_label(schema: str, name: str) -> str:
    """Return the name that people and JSON see: `table` in schema public, else `schema.table`."""
    return _part(name) if schema == "public" else f"{_part(schema)}.{_part(name)}"


def is_label(text: str) -> bool:
    """Return whether a text is the label of some table."""
    return _LABEL.fullmatch(text) is not None


def parse_label(label: str) -> tuple[str, str]:
    """Return the schema and name that a label shows. The inverse of `table_label`."""
    match = _LABEL.fullmatch(label)
    assert match is not None, label
    schema, name = (
        part and (part[1:-1].replace('""', '"') if part.startswith('"') else part) for part in match.groups()
    )
    return schema or "public", name


@dataclass(frozen=True, slots=True, kw_only=True)
class Table:
    """A table's definition. `schema` is the Postgres schema that it lives in."""

    name: str
    schema: str = "public"
    columns: tuple[Column, ...]
    primary_key: tuple[str, ...] = ()
    unique: tuple[tuple[str, ...], ...] = ()
    foreign_keys: tuple[ForeignKey, ...] = ()

    @property
    def label(self) -> str:
        """The name that people and JSON see: `table` in schema public, else `schema.table`."""
        return table_label(self.schema, self.name)

    @property
    def stored(self) -> tuple[Column, ...]:
        """The columns that files hold: all but the generated ones."""
        return tuple(column for column in self.columns if not column.generated)

    def column(self, name: str) -> Column:
        return next(column for column in self.columns if column.name == name)


@dataclass(frozen=True, slots=True, kw_only=True)
class Check:
    """A CHECK as Postgres prints it, and the columns that it reads. Of a domain, VALUE stands for its one column."""

    columns: tuple[str, ...]
    sql: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PartialUnique:
    """Columns of which no two rows agree among those rows that a condition holds of, as Postgres prints it.

    Without a condition it is a key of all rows: one that holds at commit, or one of a partition.
    """

    columns: tuple[str, ...]
    condition: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Details:
    """What no snapshot needs of a table, and a maker of its rows does, by its label.

    `bases` are the types of columns beneath domains, as Postgres prints them; `references` all foreign keys, also those
    that are left out of Table because a snapshot cannot prove them; `partials` unique indexes over some rows,
    deferrable ones, and those of single partitions. `external`: the table belongs to the server that a schema is
    written for, and joins because rows of the schema's own tables have to name its rows.
    """

    table: str
    bases: tuple[tuple[str, str], ...] = ()
    checks: tuple[Check, ...] = ()
    references: tuple[ForeignKey, ...] = ()
    partials: tuple[PartialUnique, ...] = ()
    external: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class FixedRows:
    """The rows that a script inserts into a table, by its label: an Arrow IPC stream of its stored columns."""

    table: str
    rows: int
    data: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class Schema:
    """Tables and enum types as a Postgres has read them from `sql`, with the details of those tables that have any, and
    the rows that the script inserts."""

    tables: tuple[Table, ...]
    enums: tuple[Enum, ...]
    sql: str
    details: tuple[Details, ...] = ()
    fixed: tuple[FixedRows, ...] = ()

    def detail(self, label: str) -> Details:
        """Return the details of a table."""
        return next((each for each in self.details if each.table == label), Details(table=label))


def load_order(tables: Iterable[Table]) -> tuple[Table, ...]:
    """Order tables so that every reference leads backwards; ties keep the given order.

    Self-references are ignored. Tables on a cycle come last, in the given order: their keys need the
    constraints to be deferred or dropped.
    """
    waiting: Sequence[Table] = tuple(tables)
    present = {table.label for table in waiting}
    ordered: list[Table] = []
    done: set[str] = set()
    while waiting:
        ready = [
            table
            for table in waiting
            if all(
                key.references in done or key.references == table.label or key.references not in present
                for key in table.foreign_keys
            )
        ]
        if not ready:
            ordered.extend(waiting)
            break
        ordered.append(ready[0])
        done.add(ready[0].label)
        waiting = [table for table in waiting if table is not ready[0]]
    return tuple(ordered)
