"""Describe staging tables without a server."""

from __future__ import annotations

from psycopg.sql import Identifier

from snap.schema import Table
from snap_restorer.merge.staging import StagingTable
from tests.cases.plans import pure_table


def staged(definition: Table, *, kind: str = "r") -> StagingTable:
    """Describe the staging table of a table; `kind` is p for a partitioned table."""
    return StagingTable(
        table=pure_table(definition, kind=kind),
        relation=Identifier("pg_temp", "snap rows 1"),
        gone=Identifier("pg_temp", "snap gone 1"),
        row="snap row",
        reason="snap reason",
        temporary=True,
    )
