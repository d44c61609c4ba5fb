"""Prepare a target for the replacement of its rows: guard, schema, plan, row-level security, refusals."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from snap_restorer.load import table_objects
from snap_restorer.load.restore_plan import (
    NO_TABLES,
    REBUILD_ROWS,
    RestorePlan,
    plan_restore,
    require_known_rows,
    schema_is_missing,
)
from snap_restorer.pg import boundary_keys, ledger, row_security, transaction, user_code
from snap_restorer.pg.introspect import TargetState, introspect
from snap_restorer.pg.session_settings import SessionSettings, reset_to
from snap_restorer.pg.target import Connection
from snap_restorer.replace import unfinished
from snap_restorer.replace.create_schema import admit_schema, create_schema
from snap_restorer.request import Request
from snap_restorer.restore_job import RestoreJob


@dataclass(frozen=True, slots=True, kw_only=True)
class Replacement:
    """A plan that may go ahead, the rows that the tables hold now by label, and whether the schema was just created."""

    plan: RestorePlan
    before: Mapping[str, int]
    created: bool


def prepare_replacement(connection: Connection, settings: SessionSettings, job: RestoreJob) -> Replacement:
    """Prepare the target within a transaction that has begun. `settings` are the session's before it.

    Create a schema that is missing, plan, and lift forced row-level security. Raise TargetError or SnapshotError if
    the replacement may not go ahead; the caller rolls back. A dry run runs no SQL of the snapshot: where the schema is
    missing, its plan has no tables.
    """
    allowed = job.request.guard.admit(connection, job.target)
    entry = ledger.read_entry(connection)
    state = _inspect(connection, job)
    created = schema_is_missing(job.manifest, state)
    if created and job.request.dry_run:
        admit_schema(connection, job.manifest, trust_code=job.request.trust_code)
        return Replacement(plan=NO_TABLES, before={}, created=True)
    if created:
        create_schema(connection, job.target, job.manifest, trust_code=job.request.trust_code)
        reset_to(connection, settings)  # dumped SQL has SETs of its own
        transaction.apply_settings(connection, job.request.lock_timeout_s)
        state = _inspect(connection, job)
    elif entry is not None and entry.state == "loading" and entry.unfinished is not None:
        unfinished.require(entry, job.manifest)
        state = unfinished.recover(state, entry.unfinished)
    user_code.require_trusted(
        connection,
        [table.oid for table in state.tables],
        "load",
        created=created,
        trust_code=job.request.trust_code,
    )
    chosen = _plan(connection, job, state, created=created)
    # The owner is to see and load all rows: COPY refuses where policies apply, and counts would be short.
    row_security.switch_forced(connection, chosen.forced, on=False)
    before = {} if created else table_objects.counts(connection, chosen.tables)
    if not (job.request.guard.yes or allowed):
        require_known_rows(before, entry, job.progress)
    return Replacement(plan=chosen, before=before, created=created)


def rebuild_from(request: Request) -> int:
    """Return from how many rows on a table is loaded without its indexes."""
    return 0 if request.jobs > 1 else REBUILD_ROWS


def _inspect(connection: Connection, job: RestoreJob) -> TargetState:
    return introspect(connection, (data.table for data in job.manifest.tables))


def _plan(connection: Connection, job: RestoreJob, state: TargetState, *, created: bool) -> RestorePlan:
    """Return the plan, and report its notes. Raise TargetError if the target does not fit."""
    problems, unchecked = _orphans(connection, job, state)
    chosen = plan_restore(
        job.manifest, state, rebuild_from=rebuild_from(job.request), problems=problems, created=created
    )
    for note in (*chosen.notes, *unchecked):
        job.progress.note(note)
    return chosen


def _orphans(connection: Connection, job: RestoreJob, state: TargetState) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Return problems and notes about foreign keys across the snapshot's edge, if there are any."""
    keys = boundary_keys.enforced_keys(connection, state)
    if not keys:
        return (), ()
    from snap_restorer.load.orphans import find_orphans  # noqa: PLC0415 - needs pyarrow, which a thread imports meanwhile

    orphans = find_orphans(connection, job.snapshot, keys, shift_days=job.shift_days)
    return orphans.problems, orphans.notes
