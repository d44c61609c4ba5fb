"""Verify that tables hold what the manifest says, by row counts or by digests recomputed in the database."""

from __future__ import annotations

from snap.errors import CheckError
from snap.progress import phase
from snap.units import reasons
from snap_restorer.load import rowhash, table_objects
from snap_restorer.load.restore_plan import RestorePlan
from snap_restorer.pg.target import Connection
from snap_restorer.request import Verify
from snap_restorer.restore_job import RestoreJob

# Up to this size digests are recomputed by default: 0.7 us a row, 12 us with much JSONB, at most a tenth of a second.
_SMALL_ROWS = 10_000


def verify_tables(connection: Connection, plan: RestorePlan, job: RestoreJob) -> Verify:
    """Compare every table with the manifest. Return `full` if the digest of every table was recomputed.

    Errors: CheckError that names every table that differs.
    """
    with phase(job.progress, "count rows"):
        counts = table_objects.counts(connection, plan.tables)
    wrong = [
        f"{table.label} holds {counts[table.label]} rows, not {table.data.rows}"
        for table in plan.tables
        if counts[table.label] != table.data.rows
    ]
    whole = True
    job.progress.start("verify", len(plan.tables))
    for table in plan.tables if not wrong else ():
        job.progress.advance("verify", 1)
        if job.request.verify == "counts" or (job.request.verify is None and table.data.rows > _SMALL_ROWS):
            whole = False
            continue
        columns = {column.name: column for column in table.target.columns}
        unproved = rowhash.unverifiable(table.data.table, columns)
        if unproved:
            whole = False
            if job.request.verify == "full":
                job.progress.warn(f"table {table.label} is verified by its count only: {'; '.join(unproved)}")
        elif not rowhash.loaded_rows_match(connection, table, job.shift_days):
            wrong.append(f"{table.label} holds other values than the snapshot")
    if wrong:
        raise CheckError(
            reasons("after loading, these tables differ from the snapshot", wrong),
            "look for triggers, rules, generated columns and types of the target that change, drop or add rows",
            unchanged=True,
        )
    return "full" if whole else "counts"
