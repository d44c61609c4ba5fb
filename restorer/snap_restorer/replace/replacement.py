"""Prepare a target for the replacement of its rows: guard, schema, plan, row-level security, and refusals."""

from __future__ import annotations

import contextlib
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from psycopg import sql

from snap.manifest import Manifest
from snap_restorer.load import table_objects
from snap_restorer.load.restore_plan import (
    NO_TABLES,
    RestorePlan,
    owned_by_others,
    plan_restore,
    require_known_rows,
    schema_is_missing,
    written_as,
)
from snap_restorer.pg import boundary_keys, ledger, locks, owner_role, row_security, user_code
from snap_restorer.pg.introspect import TargetState, introspect
from snap_restorer.pg.session_settings import SessionSettings
from snap_restorer.pg.target import Connection
from snap_restorer.restore_job import RestoreJob

if TYPE_CHECKING:
    from snap_restorer.replace.schema_rest import SchemaRest


@dataclass(frozen=True, slots=True, kw_only=True)
class Replacement:
    """A restore's plan that may be carried out, and the current number of rows of the tables by label.

    `created`: the schema was just created. `rest` is the section of the schema that waits for the rows, possibly since
    an unfinished restore, whose own record is `unfinished`.
    """

    plan: RestorePlan
    before: Mapping[str, int]
    created: bool
    confirmed: bool = False
    rest: SchemaRest | None = None
    unfinished: Mapping[str, Any] | None = None

    def owed_schema(self, manifest: Manifest) -> str | None:
        """Return the schema's SQL if a section of it still has to run, else None."""
        return manifest.schema_sql if self.rest is not None and self.rest.statements else None


def prepare_replacement(connection: Connection, settings: SessionSettings, job: RestoreJob) -> Replacement:
    """Prepare the target within a transaction that has begun. `settings` are the session's settings before it.

    Create a schema that is missing, plan, and lift forced row-level security. Raise TargetError or SnapshotError if the
    replacement may not go ahead; the caller then rolls back. A dry run runs no SQL of the snapshot, so its plan has no
    tables if the schema is missing.
    """
    allowed = job.request.guard.admit(connection, job.target)
    entry = ledger.read_entry(connection)
    state = _inspect(connection, job)
    created = schema_is_missing(job.manifest, state)
    rest = owed = None
    if created:
        from snap_restorer.replace import create_schema, schema_rest  # noqa: PLC0415 - rarely needed

        if job.request.dry_run:
            create_schema.admit_schema(connection, job.manifest, trust_code=job.request.trust_code)
            return Replacement(plan=NO_TABLES, before={}, created=True)
        rest = schema_rest.begin_schema(connection, settings, job)
        state = _inspect(connection, job)
    elif entry is not None and entry.state == "loading" and entry.unfinished is not None:
        from snap_restorer.replace import schema_rest, unfinished  # noqa: PLC0415 - imported on first use

        unfinished.require(entry, job.manifest)
        rest = schema_rest.resume_schema(connection, settings, job) if unfinished.owes_schema(entry) else None
        state = unfinished.recover(state, entry.unfinished)
        owed = entry.unfinished
    oids = [table.oid for table in state.tables]
    if not (created or job.request.trust_code):
        _keep_code_out(connection, state)
    with rest.rehearsed(connection, job) if rest is not None else contextlib.nullcontext():
        user_code.require_trusted(connection, oids, "load", created=rest is not None, trust_code=job.request.trust_code)
    chosen = _plan(connection, job, state)
    _require_locks(connection, job, chosen)
    # The owner must see and load all rows. Where policies apply, COPY is refused and counts would be too low.
    row_security.switch_forced(connection, chosen.forced, on=False)
    before = {} if created else table_objects.counts(connection, chosen.tables)
    confirmed = job.request.guard.yes or allowed
    if not confirmed:
        require_known_rows(before, entry, job.progress)
    return Replacement(plan=chosen, before=before, created=created, confirmed=confirmed, rest=rest, unfinished=owed)


def _inspect(connection: Connection, job: RestoreJob) -> TargetState:
    return introspect(connection, (data.table for data in job.manifest.tables), job.manifest.sequences)


def _keep_code_out(connection: Connection, state: TargetState) -> None:
    """Prevent others from attaching code to the tables until the commit, if the session has a superuser's rights.

    This is needed since the plan reads rows. Readers and writers go on until the tables are locked.
    """
    tables = [table.sql for table in state.tables if table.kind in "rp" and table.writable]
    if tables and user_code.may_be_superuser(connection):
        connection.execute(sql.SQL("LOCK TABLE {} IN SHARE UPDATE EXCLUSIVE MODE").format(sql.SQL(", ").join(tables)))


def _plan(connection: Connection, job: RestoreJob, state: TargetState) -> RestorePlan:
    """Return the plan, and report its notes. Raise TargetError if the target does not fit."""
    orphans, unchecked = _orphans(connection, job, state)
    chosen = plan_restore(job.manifest, state, orphans=orphans, apart=job.request.jobs > 1)
    for note in (*chosen.notes, *unchecked):
        job.progress.note(note)
    # Forced row-level security is lifted, and triggers are disabled.
    others = owned_by_others(chosen.tables)
    roles = owner_role.owner_roles(connection, others, owner_role.COPY, forced=False, triggers=False)
    return replace(chosen, tables=written_as(chosen.tables, roles)) if roles else chosen


def _require_locks(connection: Connection, job: RestoreJob, plan: RestorePlan) -> None:
    """Raise TargetError if the server has no room for the locks on the tables and on the indexes to rebuild."""
    counted = locks.count(connection, plan.locked)
    needed = counted.relations + sum(locks.REBUILT[definition.kind] for definition in plan.dropped)
    locks.require_room(connection, counted, needed, f"the restore of {job.manifest.version}")


def _orphans(connection: Connection, job: RestoreJob, state: TargetState) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Return problems and notes about foreign keys between tables of the snapshot and other tables."""
    keys = boundary_keys.enforced_keys(connection, state)
    if not keys:
        return (), ()
    from snap_restorer.load.orphans import find_orphans  # noqa: PLC0415 - needs pyarrow, which a thread imports meanwhile

    orphans = find_orphans(connection, job.snapshot, keys, shift_days=job.shift_days)
    return orphans.problems, orphans.notes
