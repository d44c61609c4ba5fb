"""Foreign keys between tables of a snapshot and other tables, read from the target's catalog."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import psycopg
from psycopg.sql import Composed

from snap_restorer.pg.indexes import Name
from snap_restorer.pg.introspect import TargetState
from snap_restorer.pg.partition_tree import tree_records
from snap_restorer.pg.row_relations import relation


@dataclass(frozen=True, slots=True, kw_only=True)
class CrossingKey:
    """A foreign key between a table of the snapshot, `inside`, and a table outside it, `outside`.

    `outgoing`: `columns` belong to `inside` and `to_columns` to `outside`, else the reverse. `types` and `to_types` are
    their types, and `operators` compare a referenced value with a referencing one. `readable`, `restricted`: whether
    this role may read `outside`, and whether policies hide rows of it. `deterministic`: texts are equal only if their
    bytes are. A foreign key of a single partition applies to the rows within `bounds`, which is SQL over `columns` and
    the further columns `routing`.
    """

    name: str
    outgoing: bool
    inside: Name
    outside: Name
    outside_oid: int
    partitioned: bool
    columns: tuple[str, ...]
    to_columns: tuple[str, ...]
    types: tuple[str, ...]
    to_types: tuple[str, ...]
    operators: tuple[tuple[str, str], ...]
    match_full: bool
    valid: bool
    period: bool
    readable: bool
    restricted: bool
    deterministic: bool
    bounds: str | None = None
    routing: tuple[str, ...] = ()
    routing_types: tuple[str, ...] = ()

    @property
    def outside_label(self) -> str:
        return ".".join(self.outside)

    def outside_only(self) -> Composed:
        """Return the outside table in SQL as the constraint reads it: with partitions, without inheriting tables."""
        return relation(self.outside, partitioned=self.partitioned)


def enforced_keys(connection: psycopg.Connection[Any], state: TargetState) -> tuple[CrossingKey, ...]:
    """Return the enforced foreign keys between the tables of `state`, with their partitions, and all other tables."""
    tables = {table.name: table for table in state.tables}

    def key(**row: Any) -> CrossingKey:
        if row["bounds"] is None:
            return CrossingKey(**row)
        table = tables[row["inside"]]
        others = state.tree.routing[table.oid].difference(row["columns"])
        routing = [column for column in table.columns if column.name in others]
        return CrossingKey(
            routing=tuple(column.name for column in routing), routing_types=tuple(c.type for c in routing), **row
        )

    return tuple(tree_records(connection, key, "crossing_keys", state.tree, printed=True))
