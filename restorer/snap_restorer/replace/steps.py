"""The steps that replace the rows of a target's tables, on one connection; who calls them decides when to commit.

lock, hold off triggers, drop foreign keys and large tables' indexes, TRUNCATE      clear
COPY each table                                                                     pieces, load
indexes, foreign keys, sequences, row-level security, triggers as they were;
ANALYZE, materialised views, counts                                                 finish
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

import psycopg

from snap import parquet
from snap.errors import CheckError, TargetError
from snap.manifest import DataFile, Manifest
from snap.progress import Progress
from snap_restorer.load import table_objects
from snap_restorer.load.copy_in import Piece, copy_in, encoded
from snap_restorer.load.restore_plan import RestorePlan, TablePlan
from snap_restorer.load.verify import verify_tables
from snap_restorer.pg import indexes, row_security, transaction
from snap_restorer.pg.target import Connection
from snap_restorer.replace.replacement import Replacement
from snap_restorer.request import Verify
from snap_restorer.restore_job import RestoreJob
from snap_restorer.values.shift import shifted


def lock(connection: Connection, ready: Replacement, *, yes: bool) -> Mapping[str, int]:
    """Lock the tables against others, and return how many rows each holds. Raise TargetError if rows were written since
    `ready.before`, unless `yes`: they are not to be lost unseen."""
    if ready.created:
        return {}
    try:
        table_objects.lock(connection, ready.plan)
    except psycopg.errors.LockNotAvailable:
        raise TargetError(
            "lock held: another session uses the tables to be replaced",
            "end that session, try again later, or raise the lock timeout",
            unchanged=True,
        ) from None
    now = table_objects.counts(connection, ready.plan.tables)
    if now != ready.before and not yes:
        raise TargetError("rows were written while the restore began", "stop the writers", option="yes")
    return now


def clear(connection: Connection, plan: RestorePlan) -> None:
    """Empty the tables, and take off what would slow the load or act on it."""
    table_objects.hold_off_triggers(connection, plan.triggers)
    indexes.drop(connection, plan.dropped)
    table_objects.truncate(connection, plan.tables)


def pieces(job: RestoreJob, table: TablePlan, files: Iterable[DataFile]) -> Iterator[Piece]:
    """Read `files` and encode them for the table's COPY; nothing for a table of which nothing is sent."""
    if not table.columns:
        return iter(())
    definition = table.data.table
    batches = (batch for file in files for batch in parquet.read(job.snapshot.path(file), definition))
    return encoded(table, (shifted(batch, definition, job.shift_days) for batch in batches))


def load(connection: Connection, table: TablePlan, ready: Iterable[Piece], progress: Progress, *, freeze: bool) -> int:
    """COPY pieces into the table and return how many rows they were; the search path is the role's own."""
    if not table.columns:
        inserted = table_objects.insert_defaults(connection, table)
        progress.advance(table.label, inserted)
        return inserted
    inserted = 0
    for rows in copy_in(connection, table, ready, freeze=freeze and not table.partitioned):
        inserted += rows
        progress.advance(table.label, rows)
    return inserted


def expect(manifest: Manifest, table: TablePlan, inserted: int) -> None:
    """Compare what was sent with the manifest. Errors: CheckError."""
    if inserted != table.data.rows:
        raise CheckError(
            f"table {table.label} took {inserted} rows of {table.data.rows}",
            f"check the snapshot: snap check {manifest.version}",
            unchanged=True,
        )


def build(connection: Connection, plan: RestorePlan) -> None:
    """Build the indexes that were dropped."""
    table_objects.check_references(connection)
    # Expressions call functions that find what they need where this role would find it.
    transaction.set_search_path(connection, None)
    for definition in plan.dropped:
        indexes.build(connection, definition)
    transaction.set_search_path(connection, transaction.PINNED)


def finish(connection: Connection, plan: RestorePlan, job: RestoreJob) -> Verify:
    """Put all the rest back that was taken off, prove it and the rows, and return how the rows were verified."""
    indexes.attach(connection, plan.dropped)
    indexes.prove(connection, [table.target.oid for table in plan.tables], plan.definitions)
    table_objects.move_sequences(connection, plan.tables)
    verified = verify_tables(connection, plan, job)
    row_security.switch_forced(connection, plan.forced, on=True)
    table_objects.restore_triggers(connection, plan.triggers)
    return verified


def refresh_views(connection: Connection, plan: RestorePlan) -> None:
    """Let materialised views read the new rows, as they always read: under row-level security."""
    if plan.views:
        transaction.set_local(connection, "row_security", "on")
        with transaction.own_path(connection):
            table_objects.refresh_views(connection, plan)
        transaction.set_local(connection, "row_security", "off")
