"""Constraints that are NOT VALID in both target and snapshot: dropped while rows that may violate them are written.

Constraints of a domain are dropped in both modes, since that locks no table. Dropping a constraint of a table locks out
its readers. So only sync, which promises to make the rows equal to the snapshot's, drops it, and only if it writes
rows.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence

from snap.schema import table_label
from snap_restorer.load.restore_plan import unproved_alike
from snap_restorer.merge.locked_target import LockedTarget
from snap_restorer.pg import indexes
from snap_restorer.pg.indexes import Definition, Name
from snap_restorer.pg.target import Connection
from snap_restorer.restore_job import RestoreJob


def lift(
    connection: Connection, job: RestoreJob, locked: LockedTarget, tables: Collection[Name]
) -> tuple[Definition, ...]:
    """Drop the unproved constraints of `tables` and of domains, and return their definitions.

    These constraints are NOT VALID both in the target and in the snapshot.
    """
    alike = unproved_alike(job.manifest, locked.state.definitions)
    lifted = tuple(d.unchecked for d in alike if d.stays is None and (d.of_domain or d.table in tables))
    for name in dict.fromkeys(d.table for d in lifted if not d.of_domain):
        job.progress.warn(
            f"readers of table {table_label(*name)} wait until the commit: a constraint of the table is NOT "
            "VALID, and rows of the snapshot may violate it"
        )
    indexes.drop(connection, lifted)
    return lifted


def put_back(connection: Connection, locked: LockedTarget, lifted: Sequence[Definition]) -> None:
    """Create the dropped constraints again as NOT VALID. Errors: CheckError if one differs from before."""
    if lifted:
        indexes.attach(connection, lifted)
        indexes.prove(connection, [table.target.oid for table in locked.tables], locked.state.definitions)
