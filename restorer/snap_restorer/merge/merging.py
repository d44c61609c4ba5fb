"""Restores that change only some rows while a database is in use: modes missing and sync, from lock to commit."""

from __future__ import annotations

from dataclasses import replace

from psycopg import sql

from snap.progress import Progress
from snap.schema import table_label
from snap_restorer.load import table_objects
from snap_restorer.merge.locked_target import LockedTarget, lock_target
from snap_restorer.pg import ledger, transaction
from snap_restorer.pg.catalog import one_row
from snap_restorer.pg.target import Connection
from snap_restorer.restore_job import RestoreJob
from snap_restorer.result import Effects, RestoreResult


def merge_rows(job: RestoreJob) -> RestoreResult | None:
    """Merge the snapshot's rows in one transaction, as the mode says. Return None if none of the tables exists yet.

    A dry run makes all changes and rolls them back, so that its counts are exact and its errors are those of the real
    run.
    """
    request = job.request
    with job.target.connect() as connection:
        transaction.begin(connection, request.lock_timeout_s)
        transaction.exclude_others(connection, request.lock_timeout_s)
        locked = lock_target(connection, job)
        if locked is None:
            return None
        # These modules need pyarrow, which a thread imports meanwhile.
        from snap_restorer.merge.missing import insert_missing  # noqa: PLC0415
        from snap_restorer.merge.sync import synchronise  # noqa: PLC0415

        job = replace(job, shift_days=locked.shift_days)
        merged = (insert_missing if request.mode == "missing" else synchronise)(connection, job, locked)
        if any(table.inserted or table.updated or table.deleted for table in merged.tables):
            _refresh(connection, locked, job.progress)
            if not ledger.write_entry(connection, job.entry("done")):
                job.progress.warn(
                    "this restore is not recorded, because this role may not write the table snap.ledger, or "
                    "another role may write it"
                )
        if request.dry_run:
            connection.rollback()
        else:
            job.target.commit(connection)
    effects = Effects(
        triggers=merged.triggers, hidden=tuple(table_label(*name) for name in locked.lifted), shift_days=job.shift_days
    )
    return job.result(merged.tables, verified=merged.verified, conflicts=merged.conflicts, outline=effects)


def _refresh(connection: Connection, locked: LockedTarget, progress: Progress) -> None:
    """Refresh materialised views so that they show the new rows, if they can be refreshed while others read them."""
    views = [view for view in locked.state.views if view.filled]
    if not views:
        return
    transaction.set_local(connection, "row_security", "on")
    for view in views:
        name = ".".join(view.name)
        if not view.ours:
            progress.note(f"materialised view {name} is not refreshed: role {locked.state.role} may not refresh it")
        elif not _keyed(connection, view.name):
            progress.note(f"materialised view {name} is not refreshed: without a unique index its readers would wait")
        else:
            statement = sql.SQL("REFRESH MATERIALIZED VIEW CONCURRENTLY {}")
            table_objects.refresh(connection, view, statement.format(sql.Identifier(*view.name)))
    transaction.set_local(connection, "row_security", "off")


def _keyed(connection: Connection, name: tuple[str, str]) -> bool:
    """Return whether a materialised view has a unique index on columns and over all rows, as CONCURRENTLY requires."""
    (keyed,) = one_row(
        connection,
        "SELECT EXISTS (SELECT FROM pg_catalog.pg_index i JOIN pg_catalog.pg_class c ON c.oid = i.indrelid"
        " JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace WHERE n.nspname = %s AND c.relname = %s"
        " AND i.indisunique AND i.indimmediate AND i.indisvalid AND i.indpred IS NULL AND i.indexprs IS NULL)",
        name,
    )
    return bool(keyed)
