"""Functions that run while rows go into one table and read another table, so that one session must load both."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from snap.errors import TargetError
from snap.units import bullets
from snap_restorer.pg.partition_tree import PartitionTree, tree_records
from snap_restorer.pg.target import Connection


@dataclass(frozen=True, slots=True, kw_only=True)
class TableReader:
    """A function that runs when rows go into `table`, and that `reads` another table. Both are OIDs."""

    table: int
    function: str
    reads: int


@dataclass(frozen=True, slots=True, kw_only=True)
class LoadedTable:
    """A table by its OID, and the columns that are loaded, so that their defaults are not evaluated."""

    oid: int
    label: str
    columns: tuple[str, ...]


def require_none_across(
    connection: Connection, tree: PartitionTree, sessions: Mapping[int, int], loaded: Sequence[LoadedTable]
) -> None:
    """Raise TargetError if a function that runs while one session loads a table would read a table of another session.

    `sessions` has the number of each table's session, by the table's OID.
    """
    labels = {table.oid: table.label for table in loaded}
    written = [f"{table.oid} {column}" for table in loaded for column in table.columns]
    readers = tree_records(connection, TableReader, "table_readers", tree, written=written)
    across = [
        f"function {reader.function}, which runs when rows are inserted into {labels[reader.table]}, reads "
        f"{labels[reader.reads]}"
        for reader in readers
        if sessions[reader.table] != sessions[reader.reads]
    ]
    if across:
        raise TargetError(
            f"several connections cannot load these tables at the same time:\n{bullets(across)}",
            "restore over one connection",
            unchanged=True,
            option="jobs",
        )
