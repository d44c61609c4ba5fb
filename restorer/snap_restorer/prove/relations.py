"""The tables of a snapshot as the target's catalog knows them, and what this role may read of them."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

from psycopg import sql

from snap.schema import parse_label, table_label
from snap_restorer.pg.catalog import records
from snap_restorer.pg.row_relations import relation
from snap_restorer.pg.row_security import Access
from snap_restorer.pg.target import Connection


@dataclass(frozen=True, slots=True, kw_only=True)
class Relation:
    """A table as the catalog knows it; see sql/health_tables.sql."""

    name: tuple[str, str]
    oid: int
    whole: bool
    forced: bool
    restricted: bool
    owned: bool
    readable: bool

    @property
    def label(self) -> str:
        """Return the table's name as the snapshot's schema writes it."""
        return table_label(*self.name)

    @property
    def liftable(self) -> bool:
        """Return whether row security that binds this role is there by force only, and its own to lift."""
        return self.restricted and self.forced and self.owned

    @property
    def access(self) -> Access:
        """What this role may read once its own forced row security is lifted."""
        return Access(label=self.label, readable=self.readable, restricted=self.restricted and not self.liftable)

    def sql(self) -> sql.Composed:
        """Return what FROM takes: the table without its heirs, or a partitioned table with its partitions."""
        return relation(self.name, partitioned=self.whole)


def read_relations(connection: Connection, labels: Collection[str]) -> dict[str, Relation]:
    """Read what the catalog says of the tables that exist, by label."""
    wanted = [parse_label(label) for label in labels]
    relations = records(
        connection,
        lambda schema, name, **row: Relation(name=(schema, name), **row),
        "health_tables",
        schemas=[schema for schema, _ in wanted],
        names=[name for _, name in wanted],
    )
    return {relation.label: relation for relation in relations}
