"""The steps that replace the rows of a target's tables on one connection. The caller decides when to commit.

lock, disable triggers, drop foreign keys and large tables' indexes, TRUNCATE       clear
COPY each table                                                                     pieces, load
indexes, foreign keys as before, or the rest of the snapshot's SQL;
sequences, row-level security, triggers, counts                                     finish
materialised views                                                                  refresh_views
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Iterator, Mapping

import psycopg

from snap import parquet
from snap.errors import CheckError, TargetError
from snap.manifest import DataFile, Manifest
from snap.progress import Progress, phase
from snap_restorer.load import table_objects
from snap_restorer.load.copy_in import Piece, copy_in, encoded
from snap_restorer.load.restore_plan import RestorePlan, TablePlan
from snap_restorer.load.sequence_plan import move_sequences
from snap_restorer.load.verify import verify_tables
from snap_restorer.pg import indexes, owner_role, row_security, transaction, user_code
from snap_restorer.pg.server_errors import LockHeldError
from snap_restorer.pg.target import Connection
from snap_restorer.replace.replacement import Replacement
from snap_restorer.replace.shares import lifted_keys
from snap_restorer.request import Verify
from snap_restorer.restore_job import RestoreJob
from snap_restorer.values.shift import shifted


def lock(connection: Connection, plan: RestorePlan) -> None:
    """Lock the tables of a restore against all other sessions. Errors: TargetError."""
    try:
        table_objects.lock(connection, plan)
    except psycopg.errors.LockNotAvailable:
        raise LockHeldError(
            "lock held: another session uses the tables to be replaced",
            "end that session, try again later, or raise the lock timeout",
            unchanged=True,
        ) from None


def require_trusted(connection: Connection, plan: RestorePlan, *, trust_code: bool) -> None:
    """Raise TargetError for code that others attached to the tables before they were locked, and that would run now."""
    oids = [table.target.oid for table in plan.tables]
    table_objects.require_known_triggers(connection, oids, plan.triggers)
    user_code.require_trusted(connection, oids, "load", trust_code=trust_code)


def count(connection: Connection, ready: Replacement) -> Mapping[str, int]:
    """Return the number of rows of each locked table.

    Raise TargetError if rows were written since `ready.before`, so that they are not lost unseen, unless
    `ready.confirmed`.
    """
    now = table_objects.counts(connection, ready.plan.tables)
    if now != ready.before and not ready.confirmed:
        raise TargetError(
            "other sessions wrote rows while the restore began",
            "stop the programs that write to the database",
            option="yes",
        )
    return now


def clear(connection: Connection, plan: RestorePlan) -> None:
    """Empty the tables of a restore, after disabling triggers and dropping the planned indexes and constraints."""
    table_objects.hold_off_triggers(connection, plan.triggers)
    indexes.drop(connection, plan.dropped)
    table_objects.truncate(connection, plan.tables)


def pieces(job: RestoreJob, table: TablePlan, files: Iterable[DataFile]) -> Iterator[Piece]:
    """Read a table's `files` and encode their rows for COPY. There are no pieces if no column of the table is sent."""
    if not table.columns:
        return iter(())
    definition = table.data.table
    batches = (batch for file in files for batch in parquet.read(job.snapshot.path(file), definition))
    return encoded(table, (shifted(batch, definition, job.shift_days) for batch in batches))


def copied(table: TablePlan) -> str:
    """Return the name of a table's COPY in the progress report."""
    return f"copy {table.label}"


def load(connection: Connection, table: TablePlan, ready: Iterable[Piece], progress: Progress, *, freeze: bool) -> int:
    """Send `pieces` by COPY into a table, and return the number of rows. The search path is the role's own."""
    with owner_role.as_role(connection, table.role):
        if not table.columns:
            deque(ready, maxlen=0)  # read to its end, where the next table's pieces begin
            inserted = table_objects.insert_defaults(connection, table)
            progress.advance(copied(table), inserted)
            return inserted
        inserted = 0
        for rows in copy_in(connection, table, ready, freeze=freeze and not table.partitioned):
            inserted += rows
            progress.advance(copied(table), rows)
    return inserted


def expect(manifest: Manifest, table: TablePlan, inserted: int) -> None:
    """Compare a table's number of loaded rows with the manifest. Errors: CheckError."""
    if inserted != table.data.rows:
        raise CheckError(
            f"table {table.label} received {inserted} of {table.data.rows} rows",
            f"check the snapshot: snap check {manifest.version}",
            unchanged=True,
        )


def build(connection: Connection, plan: RestorePlan, progress: Progress) -> None:
    """Build the indexes that were dropped before the load."""
    progress.start("index", len(plan.dropped))
    table_objects.check_references(connection)
    # Functions in index expressions find other objects by the role's own path.
    transaction.set_search_path(connection, None)
    for definition in plan.dropped:
        indexes.build(connection, definition)
        progress.advance("index", 1)
    transaction.set_search_path(connection, transaction.PINNED)


def finish(connection: Connection, ready: Replacement, job: RestoreJob) -> Verify:
    """Restore all that was dropped or disabled, prove it and the rows, and return how the rows were verified.

    If the schema was just created, run the rest of its SQL.
    """
    plan = ready.plan
    with phase(job.progress, "put back constraints"):
        indexes.attach(connection, plan.dropped)
        indexes.prove(connection, [table.target.oid for table in plan.tables], plan.definitions)
        if ready.rest is not None:
            ready.rest.create(connection, job)
    _move_sequences(connection, plan)
    verified = verify_tables(connection, plan, job)
    row_security.switch_forced(connection, plan.forced, on=True)
    table_objects.restore_triggers(connection, plan.triggers)
    return verified


def _move_sequences(connection: Connection, plan: RestorePlan) -> None:
    """Set the sequences. Raise LockHeldError if a transaction that has drawn from one does not end in time."""
    try:
        move_sequences(connection, plan.sequences, back=True)
    except psycopg.errors.LockNotAvailable:
        raise LockHeldError(
            "lock held: another session has used a sequence that the restore sets, and its transaction has not ended",
            "end that session, try again later, or raise the lock timeout",
            unchanged=True,
        ) from None


def bind(connection: Connection, ready: Replacement, job: RestoreJob) -> None:
    """Recreate the foreign keys that were dropped for several connections, and run the rest of the schema's SQL.

    The keys are first created without checking rows, so that all locks are taken before the long check.
    """
    plan = ready.plan
    keys = lifted_keys(plan)
    table_objects.lock_writers(connection, keys)
    row_security.switch_forced(connection, plan.forced, on=False)
    with phase(job.progress, "put back foreign keys"):
        indexes.attach_unchecked(connection, keys)
        indexes.validate(connection, keys)
    indexes.prove(connection, [table.target.oid for table in plan.tables], plan.definitions, alone=False)
    if ready.rest is not None:
        ready.rest.create(connection, job)
    row_security.switch_forced(connection, plan.forced, on=True)


def refresh_views(connection: Connection, ready: Replacement, job: RestoreJob) -> None:
    """Refresh materialised views over the new rows. The views read the rows as usual, under row-level security."""
    views = (
        ready.plan.views
        if ready.rest is None
        else ready.rest.views(connection, job.manifest, [table.target.oid for table in ready.plan.tables])
    )
    if views:
        transaction.set_local(connection, "row_security", "on")
        with phase(job.progress, "refresh views"), transaction.own_path(connection):
            table_objects.refresh_views(connection, views)
        transaction.set_local(connection, "row_security", "off")
