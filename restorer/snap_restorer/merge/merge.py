"""Restores that change only some rows, beside a database's users: modes missing and sync, from survey to commit."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from snap.errors import TargetError
from snap.progress import Progress
from snap.units import plural
from snap_restorer.job import RestoreJob
from snap_restorer.load import objects
from snap_restorer.merge.missing import missing
from snap_restorer.merge.prepare import Ground, prepare
from snap_restorer.merge.sync import sync
from snap_restorer.pg import ledger, session
from snap_restorer.request import Verify
from snap_restorer.result import Conflict, Effects, RestoreResult, TableResult

if TYPE_CHECKING:
    import psycopg

    Connection = psycopg.Connection[Any]

_SHOWN = 20  # conflicts in a refusal


def restore(job: RestoreJob) -> RestoreResult | None:
    """Do what the mode says in one transaction; None where none of the tables is there yet.

    A dry run does all of it and rolls back, so that its counts are exact and its errors those of the real run.
    """
    request = job.request
    with job.target.connect() as connection:
        session.begin(connection, request.lock_timeout_s)
        session.exclude_others(connection, request.lock_timeout_s)
        ground = prepare(connection, job)
        if ground is None:
            return None
        job = replace(job, shift_days=ground.shift_days)
        changed = (_missing if request.mode == "missing" else _sync)(connection, job, ground)
        if any(table.inserted or table.updated or table.deleted for table in changed.tables):
            _refresh(connection, ground, job.progress)
            if not ledger.write(connection, job.entry("done")):
                job.progress.warn("this role may not write the table snap.ledger: what was restored is not recorded")
        if request.dry_run:
            connection.rollback()
        else:
            job.target.commit(connection)
    effects = Effects(
        triggers=changed.triggers, hidden=tuple(table.label for table in ground.lifted), shift_days=job.shift_days
    )
    return job.result(changed.tables, verified=changed.verified, conflicts=changed.conflicts, outline=effects)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Changed:
    """What a mode has written, before the commit."""

    tables: tuple[TableResult, ...]
    verified: Verify
    conflicts: tuple[Conflict, ...] = ()
    triggers: tuple[str, ...] = ()


def _missing(connection: Connection, job: RestoreJob, ground: Ground) -> _Changed:
    merged = missing(connection, job.snapshot, ground, job.progress)
    rows = f"{plural(len(merged.conflicts), 'row')} of the snapshot"
    if merged.conflicts and job.request.strict:
        raise TargetError(
            f"{rows} cannot go in:\n{_listed(merged.conflicts)}",
            "change what stands against them, or leave out --strict to skip them; nothing was changed",
        )
    if merged.conflicts:
        job.progress.warn(f"{rows} skipped: what is in the database stands against them")
    skipped = Counter(conflict.table for conflict in merged.conflicts)
    tables = tuple(
        TableResult(
            name=data.table.label,
            rows=data.rows,
            inserted=merged.inserted[data.table.label],
            unchanged=merged.unchanged[data.table.label],
            skipped=skipped[data.table.label],
            seconds=merged.seconds[data.table.label],
        )
        for data in job.manifest.tables
    )
    return _Changed(tables=tables, verified="counts", conflicts=merged.conflicts)


def _sync(connection: Connection, job: RestoreJob, ground: Ground) -> _Changed:
    synced = sync(connection, job.snapshot, ground, job.progress)
    tables = []
    for data in job.manifest.tables:
        inserted, updated, deleted = synced.counts[data.table.label]
        tables.append(
            TableResult(
                name=data.table.label,
                rows=data.rows,
                inserted=inserted,
                updated=updated,
                deleted=deleted,
                unchanged=data.rows - inserted - updated,
                seconds=synced.seconds[data.table.label],
            )
        )
    triggers = tuple(f"{'.'.join(trigger.table)}: {trigger.name}" for trigger in synced.triggers)
    return _Changed(tables=tuple(tables), verified="full" if synced.whole else "counts", triggers=triggers)


def _refresh(connection: Connection, ground: Ground, progress: Progress) -> None:
    """Let materialised views read the new rows, those that can be refreshed while others read them."""
    from psycopg import sql

    views = [view for view in ground.state.views if view.filled]
    if not views:
        return
    session.put(connection, "row_security", "on")
    for view in views:
        name = ".".join(view.name)
        if not view.ours:
            progress.note(f"materialised view {name} is not refreshed: {ground.state.role} may not")
        elif not _keyed(connection, view.name):
            progress.note(f"materialised view {name} is not refreshed: without a unique index its readers would wait")
        else:
            statement = sql.SQL("REFRESH MATERIALIZED VIEW CONCURRENTLY {}")
            objects.refresh(connection, view, statement.format(sql.Identifier(*view.name)))
    session.put(connection, "row_security", "off")


def _keyed(connection: Connection, name: tuple[str, str]) -> bool:
    """Whether a materialised view has what REFRESH ... CONCURRENTLY wants: a unique index on columns, of all rows."""
    row = connection.execute(
        "SELECT EXISTS (SELECT FROM pg_catalog.pg_index i JOIN pg_catalog.pg_class c ON c.oid = i.indrelid"
        " JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace WHERE n.nspname = %s AND c.relname = %s"
        " AND i.indisunique AND i.indimmediate AND i.indisvalid AND i.indpred IS NULL AND i.indexprs IS NULL)",
        name,
    ).fetchone()
    return bool(row and row[0])


def _listed(conflicts: Sequence[Conflict]) -> str:
    lines = [f"- {conflict.table} {conflict.key}: {conflict.reason}" for conflict in conflicts[:_SHOWN]]
    if len(conflicts) > _SHOWN:
        lines.append(f"- and {len(conflicts) - _SHOWN} more")
    return "\n".join(lines)
