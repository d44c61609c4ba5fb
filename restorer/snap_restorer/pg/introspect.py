"""The contents of a target, read from its catalog as frozen values. Types are printed as under search_path `public`."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

import psycopg
from psycopg.sql import Composed

from snap.manifest import SequencePosition
from snap.schema import Table, parse_label, table_label
from snap_restorer.pg import indexes
from snap_restorer.pg.catalog import one_row, records, records_by_relation
from snap_restorer.pg.indexes import Definition, Name
from snap_restorer.pg.partition_tree import NO_PARTITIONS, PartitionTree, read_tree
from snap_restorer.pg.row_relations import relation
from snap_restorer.pg.row_security import Access
from snap_restorer.pg.sequences import TargetSequence, target_sequences

T = TypeVar("T")


@dataclass(frozen=True, slots=True, kw_only=True)
class TargetColumn:
    """A column of a table in the target. `type` is its declared type, `base` the same without domains.

    `element` is the OID of an array's element type, `kind` is pg_type.typtype of the base or of its elements, and
    `labels` are the labels if that is an enum.
    """

    name: str
    type: str
    base: str
    element: int | None
    kind: str
    not_null: bool
    has_default: bool
    generated: bool
    labels: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class TargetRelation:
    """A table, view or other relation of the target. `kind` is pg_class.relkind; `forced`: FORCE ROW LEVEL SECURITY.

    `restricted`: policies apply to this role. `owned`: this role has the rights of the relation's owner. `other_owner`:
    the owner is neither the login role nor a superuser. `readable`: this role may read; `writable`: read, insert and
    truncate; `insertable`, `changeable`: read and insert; update and delete.
    """

    name: Name
    oid: int
    kind: str
    forced: bool
    restricted: bool
    owned: bool
    other_owner: bool
    foreign_partitions: str | None
    readable: bool
    writable: bool
    insertable: bool
    changeable: bool

    @property
    def label(self) -> str:
        """Return the table's name as the snapshot's schema writes it."""
        return table_label(*self.name)

    @property
    def liftable(self) -> bool:
        """Return whether row security applies to this role only because of FORCE, which this role may lift."""
        return self.restricted and self.forced and self.owned

    @property
    def access(self) -> Access:
        """Return this role's right to read the table once the role has lifted its own forced row security."""
        return Access(label=self.label, readable=self.readable, restricted=self.restricted and not self.liftable)

    @property
    def sql(self) -> Composed:
        """Return the SQL for FROM: the table without inheriting tables, or a partitioned table with its partitions."""
        return relation(self.name, partitioned=self.kind == "p")


@dataclass(frozen=True, slots=True, kw_only=True)
class TargetTable(TargetRelation):
    """A table of the target, with its columns."""

    columns: tuple[TargetColumn, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class TargetTrigger:
    """A user-defined trigger. `state` is pg_trigger.tgenabled: O, R, A, or D for a disabled one.

    `ours`: this role may enable and disable the trigger.
    """

    table: Name
    name: str
    state: str
    ours: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class TargetView:
    """A materialised view over the tables. `filled`: the view is populated.

    `ours`: this role may refresh the view.
    """

    name: Name
    ours: bool
    filled: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class TargetState:
    """The requested tables of the target with their objects. `views` are in the order to refresh them.

    `tree` has the tables' partitions. `sequences` are those requested by name, and those that fill the tables' columns.
    """

    role: str
    tables: tuple[TargetTable, ...]
    tree: PartitionTree
    sequences: tuple[TargetSequence, ...]
    triggers: tuple[TargetTrigger, ...]
    definitions: tuple[Definition, ...]
    views: tuple[TargetView, ...]


def introspect(
    connection: psycopg.Connection[Any], tables: Iterable[Table], positions: Iterable[SequencePosition] = ()
) -> TargetState:
    """Return the state of `tables` in the target, and of the sequences that have `positions`."""
    names = [(table.schema, table.name) for table in tables]
    carried = [(position.schema, position.name) for position in positions]
    rows: list[dict[str, Any]] = _tables(connection, dict, names)
    (role,) = one_row(connection, "SELECT current_user")
    if not rows:  # as in each empty database: without tables seven further queries are of no use
        return TargetState(
            role=role,
            tables=(),
            tree=NO_PARTITIONS,
            sequences=target_sequences(connection, NO_PARTITIONS, carried) if carried and not names else (),
            triggers=(),
            definitions=(),
            views=(),
        )
    oids = [row["oid"] for row in rows]
    tree = read_tree(connection, oids)
    columns = columns_of(connection, oids)
    return TargetState(
        role=role,
        tables=tuple(TargetTable(columns=columns[row["oid"]], **row) for row in rows),
        tree=tree,
        sequences=target_sequences(connection, tree, carried),
        triggers=tuple(records(connection, TargetTrigger, "triggers", oids=oids)),
        definitions=indexes.read_definitions(connection, tree),
        views=views_over(connection, oids),
    )


def views_over(connection: psycopg.Connection[Any], oids: Sequence[int]) -> tuple[TargetView, ...]:
    """Return the materialised views over the relations `oids`, in the order to refresh them."""
    return tuple(records(connection, TargetView, "views", oids=list(oids)))


def relations_of(connection: psycopg.Connection[Any], labels: Iterable[str]) -> dict[str, TargetRelation]:
    """Return by label those of the named relations that are ordinary or partitioned tables."""
    relations = _tables(connection, TargetRelation, list(map(parse_label, labels)))
    return {relation.label: relation for relation in relations if relation.kind in "rp"}


def columns_of(connection: psycopg.Connection[Any], oids: Iterable[int]) -> dict[int, tuple[TargetColumn, ...]]:
    """Return the columns of the relations with these OIDs, in their order."""
    return records_by_relation(connection, TargetColumn, "columns", oids, printed=True)


def _tables(connection: psycopg.Connection[Any], record: Callable[..., T], names: Sequence[Name]) -> list[T]:
    return records(
        connection,
        record,
        "tables",
        printed=True,
        schemas=[name[0] for name in names],
        names=[name[1] for name in names],
    )
