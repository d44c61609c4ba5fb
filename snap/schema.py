"""The definitions of tables: columns, keys, foreign keys, and the order to load tables in."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, replace

from snap.types import Type


@dataclass(frozen=True, slots=True, kw_only=True)
class Column:
    """A column of a table.

    Triggers maintain a `derived` column. Postgres computes a `generated` column, which no file holds.
    """

    name: str
    type: Type
    nullable: bool = True
    derived: bool = False
    generated: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class ForeignKey:
    """A foreign key: `columns` of this table refer to the columns `to` of table `references` (a label)."""

    columns: tuple[str, ...]
    references: str
    to: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Enum:
    """An enum type and its labels in order. `name` is the name that Postgres prints as a column's type."""

    name: str
    labels: tuple[str, ...]


_LABEL = re.compile(r'(?:("(?:[^"]|"")+"|[^".]+)\.)?("(?:[^"]|"")+"|[^".]+)')


def _part(name: str) -> str:
    return '"' + name.replace('"', '""') + '"' if set('."') & set(name) else name


def table_label(schema: str, name: str) -> str:
    """Return the name that people and JSON see: `table` in schema public, else `schema.table`."""
    return _part(name) if schema == "public" else f"{_part(schema)}.{_part(name)}"


def is_label(text: str) -> bool:
    """Return whether a text has the form of a table's label."""
    return _LABEL.fullmatch(text) is not None


def parse_label(label: str) -> tuple[str, str]:
    """Return the schema and table name of a label. The inverse of `table_label`."""
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

    def without(self, names: Collection[str]) -> Table:
        """Return the table without some columns, and without its primary key if that has one of them.

        Unique keys and foreign keys stay as they are.
        """
        if not names:
            return self
        columns = tuple(column for column in self.columns if column.name not in names)
        return replace(self, columns=columns, primary_key=() if {*names} & {*self.primary_key} else self.primary_key)


@dataclass(frozen=True, slots=True, kw_only=True)
class Check:
    """A CHECK or an exclusion constraint as Postgres prints it, and the columns that it reads.

    In the constraint of a domain, VALUE stands for the one column.
    """

    columns: tuple[str, ...]
    sql: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PartialUnique:
    """Columns that are unique among the rows that fulfil a condition, as Postgres prints the condition.

    Without a condition, the columns are unique among all rows, by a deferrable key or by a key of one partition only.
    """

    columns: tuple[str, ...]
    condition: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Details:
    """Facts about a table that are needed to make its rows, but not in a snapshot. `table` is the table's label.

    `bases` are the types beneath the columns' domains, as Postgres prints them. `references` are all foreign keys,
    including those that Table leaves out because a snapshot cannot prove them. `partials` are unique indexes over some
    rows, deferrable ones, and those of single partitions. `external`: the table belongs to the server for which the
    schema is written, and is included because rows of the schema's own tables must refer to its rows. `defaults` are
    the texts that columns have by DEFAULT.
    """

    table: str
    bases: tuple[tuple[str, str], ...] = ()
    checks: tuple[Check, ...] = ()
    references: tuple[ForeignKey, ...] = ()
    partials: tuple[PartialUnique, ...] = ()
    external: bool = False
    defaults: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class FixedRows:
    """The rows that a schema's script inserts into a table, as an Arrow IPC stream. `table` is the table's label."""

    table: str
    rows: int
    data: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class Schema:
    """The tables and enum types that a Postgres has read from `sql`.

    `details` are facts about the tables that have any, and `fixed` are the rows that the script inserts.
    """

    tables: tuple[Table, ...]
    enums: tuple[Enum, ...]
    sql: str
    details: tuple[Details, ...] = ()
    fixed: tuple[FixedRows, ...] = ()

    def detail(self, label: str) -> Details:
        """Return the details of a table, empty ones if it has none."""
        return next((each for each in self.details if each.table == label), Details(table=label))


def load_order(tables: Iterable[Table]) -> tuple[Table, ...]:
    """Sort tables so that every foreign key refers to an earlier table. Ties keep the given order.

    References of a table to itself are ignored. Tables on a cycle come last, in the given order: their foreign keys
    need constraints that are deferred or dropped.
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
