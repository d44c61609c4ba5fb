"""The tables of a snapshot as the target's catalog knows them, and what this role may read of them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import psycopg
from psycopg import sql
from psycopg.rows import dict_row

from snap.schema import Table, parse_label, table_label
from snap_restorer.pg.catalog import query
from snap_restorer.pg.row_relations import relation
from snap_restorer.pg.row_security import Access

Connection = psycopg.Connection[Any]
Name = tuple[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Relation:
    """A table as the catalog knows it; see sql/health_tables.sql."""

    name: Name
    label: str
    oid: int
    whole: bool
    forced: bool
    restricted: bool
    owned: bool
    readable: bool

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


def name_of(table: Table) -> Name:
    return table.schema, table.name


def parents_of(tables: Sequence[Table]) -> Iterator[Name]:
    """Return the names of the tables that foreign keys reference."""
    for table in tables:
        for key in table.foreign_keys:
            yield parse_label(key.references)


def read_relations(connection: Connection, names: Sequence[Name]) -> dict[Name, Relation]:
    """Read what the catalog says of the tables that exist, by name."""
    wanted = list(dict.fromkeys(names))
    rows = connection.cursor(row_factory=dict_row).execute(
        query("health_tables"), {"schemas": [name[0] for name in wanted], "names": [name[1] for name in wanted]}
    )
    relations = {}
    for row in rows:
        name = row.pop("schema"), row.pop("name")
        relations[name] = Relation(name=name, label=table_label(*name), **row)
    return relations
