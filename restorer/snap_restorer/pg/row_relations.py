"""The relations that hold a table's rows: their names in SQL, and their descriptions in the catalog."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from psycopg import sql
from psycopg.sql import Composed

from snap_restorer.pg import transaction
from snap_restorer.pg.catalog import records_by_relation
from snap_restorer.pg.target import Connection


@dataclass(frozen=True, slots=True, kw_only=True)
class Leaf:
    """A relation that holds rows of a table. `blocks` is None if ranges of blocks cannot be read.

    `readable`: this role may read the relation. `restricted`: policies apply to this role, which may lift them if
    `liftable`.
    """

    oid: int
    name: tuple[str, str]
    kind: str
    blocks: int | None
    readable: bool
    restricted: bool
    liftable: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class ColumnDetail:
    """Details of a column: its collation as SQL, and whether the column is an identity that is GENERATED ALWAYS."""

    name: str
    collation: str | None
    always: bool


def relation(name: Sequence[str], *, partitioned: bool = False) -> Composed:
    """Return a table's name in SQL, with its partitions but without the tables that inherit from it."""
    return sql.SQL("{}" if partitioned else "ONLY {}").format(sql.Identifier(*name))


def leaves(connection: Connection, oids: Sequence[int]) -> dict[int, tuple[Leaf, ...]]:
    """Return the relations that hold the rows of each of these tables."""
    return records_by_relation(connection, Leaf, "leaves", oids)


def column_details(connection: Connection, oids: Sequence[int]) -> dict[int, dict[str, ColumnDetail]]:
    """Return the details of the columns of these relations, by column name."""
    with transaction.qualified_names(connection):
        details = records_by_relation(connection, ColumnDetail, "column_details", oids)
    return {oid: {detail.name: detail for detail in of_relation} for oid, of_relation in details.items()}
