"""The partitions of tables, since constraints, sequences and row security may belong to a single partition."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any, TypeVar

import psycopg

from snap_restorer.pg.catalog import query, records

T = TypeVar("T")


@dataclass(frozen=True, slots=True, kw_only=True)
class PartitionTree:
    """Tables and all their partitions, by OID.

    `roots` has the table to which each relation belongs. A table is its own root. `routing` has the columns by which a
    table chooses the partition of a row.
    """

    roots: Mapping[int, int]
    routing: Mapping[int, frozenset[str]]


NO_PARTITIONS = PartitionTree(roots={}, routing={})


def read_tree(connection: psycopg.Connection[Any], oids: Iterable[int]) -> PartitionTree:
    """Return the tables `oids` with their partitions of all levels."""
    roots: dict[int, int] = {}
    routing: dict[int, frozenset[str]] = {}
    for oid, root, columns in connection.execute(query("partition_tree"), {"oids": list(oids)}):
        roots[oid] = root
        routing[root] = routing.get(root, frozenset()).union(columns)
    return PartitionTree(roots=roots, routing=routing)


def tree_records(
    connection: psycopg.Connection[Any],
    record: Callable[..., T],
    name: str,
    tree: PartitionTree,
    *,
    printed: bool = False,
    **parameters: Any,
) -> list[T]:
    """Return the rows of sql/NAME.sql about the tables and their partitions, each made by `record`."""
    roots = tree.roots
    return records(
        connection, record, name, printed=printed, oids=list(roots), roots=list(roots.values()), **parameters
    )
