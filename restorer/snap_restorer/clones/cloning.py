"""Replace a whole database by a copy of a template: no row is loaded, and the swap is two renames in one transaction.

    template     made, or waited for, unless it is ready
    lock         this target, against other runs
    inspect      all objects, rows and privileges of the target: refusals happen here
    copy         CREATE DATABASE snap_new_... TEMPLATE ...
    prepare      compare with the target; set its owners and privileges; write the ledger
    swap         the database's own settings and privileges; target to snap_old_..., copy to target: one commit
    drop         snap_old_...

A run that dies leaves the old or the new database under the target's name, and perhaps a snap_new_... or snap_old_...
database beside it, which the next run drops. Sessions of other users are never ended. The server does not rename a
database while such sessions exist, so the swap waits and is then refused.
"""

from __future__ import annotations

import psycopg

from snap.errors import CheckError, TargetError
from snap.progress import Progress, Silent
from snap.store import Snapshot
from snap.units import reasons
from snap_restorer.clones import database_objects, databases, template
from snap_restorer.clones.database_objects import Definitions
from snap_restorer.clones.databases import MAINTENANCE, Database, ServerSessions
from snap_restorer.clones.inspection import Inspection, inspect, require_nothing_lost
from snap_restorer.clones.job import CloneJob
from snap_restorer.clones.leftovers import discard, sweep
from snap_restorer.clones.swap import await_alone, swap
from snap_restorer.clones.template import TemplateSpec
from snap_restorer.pg import grants, ledger
from snap_restorer.pg.hand_over import hand_over_copy
from snap_restorer.pg.marks import CLONE
from snap_restorer.pg.target import Target
from snap_restorer.replace.create_schema import admit_schema
from snap_restorer.request import REQUEST, Request, shift_days
from snap_restorer.restore_job import Steps, run
from snap_restorer.result import RestoreResult


def clone_into(
    snapshot: Snapshot, target: Target, request: Request = REQUEST, *, progress: Progress | None = None
) -> RestoreResult:
    """Replace the database `target` by a copy of a template that holds `snapshot`, or create it if it does not exist.

    `request.jobs` and `request.verify` apply to the restore that fills a template. Objects outside the snapshot are
    refused whatever the guard says. Errors: TargetError, CheckError, ServiceError. After each error the target is
    unchanged.
    """
    job = CloneJob(
        snapshot=snapshot,
        target=target,
        name=databases.name_of(target),
        request=request,
        shift_days=shift_days(snapshot.manifest, request.as_of),
        progress=progress or Silent(),
    )
    return run(plan_steps(job) if request.dry_run else clone_steps(job))


def clone_steps(job: CloneJob) -> Steps:
    """Run a clone step by step: yield each step's name when the step is done, and return the RestoreResult."""
    _require_name(job)
    with databases.serve(job.target) as server:
        spec, filled = _spec(job, databases.find(server.worker, job.name)), None
        if template.find_ready(server, template.key_of(server, spec)) is None:
            inspect(server, job)  # refuse before the template is made
        while True:
            filled = (yield from template.make(server, spec, job.progress, request=job.request)) or filled
            _lock(server, job)
            old = databases.find(server.worker, job.name)
            spec = _spec(job, old)
            source = template.lock_ready(server, template.key_of(server, spec))
            if source is not None:
                break
        yield "locked"
        inspection = inspect(server, job)
        sweep(server, job)
        template.touch(server, source)
        try:
            databases.create(server, job.copy, source, tablespace=None if old is None else old.tablespace)
            yield "copy created"
            databases.comment(server.worker, job.copy, f"{CLONE}, unfinished: will be {job.name}")
            _prepare(server, job, source, spec, inspection, old)
            yield "copy prepared"
            inspection = swap(server, job, inspection)
        except BaseException:
            server.keeper.rollback()
            discard(server, job, job.copy)
            raise
        yield "swapped"
        if inspection is not None:
            discard(server, job, job.aside)
        yield "old dropped"
    return _result(job, inspection, filled)


def plan_steps(job: CloneJob) -> Steps:
    """Plan a clone, or raise the error with which it would be refused, without changing the target or its templates.

    A target that is neither empty nor an unchanged clone is compared with a scratch copy of a ready template. The copy
    is dropped afterwards. Without a ready template the clone itself makes the comparison, since a dry run runs no SQL
    of the snapshot.
    """
    _require_name(job)
    with databases.serve(job.target) as server:
        _lock(server, job)
        inspection = inspect(server, job)
        sweep(server, job)
        old = databases.find(server.worker, job.name)
        yield "inspected"
        source = template.find_ready(server, template.key_of(server, _spec(job, old)))
        if source is None:
            admit_schema(server.worker, job.manifest, trust_code=job.request.trust_code)
        if inspection is not None and not inspection.known:
            if source is not None:
                try:
                    require_nothing_lost(inspection, _scratch(server, job, source))
                finally:
                    discard(server, job, job.copy)
            else:
                job.progress.note(
                    f"database {job.name} is compared with {job.manifest.version} when the clone is made, before "
                    "anything is replaced: a dry run does not run the snapshot's SQL"
                )
        if old is not None:
            await_alone(server, job, old)
    return _result(job, inspection, None)


def _require_name(job: CloneJob) -> None:
    if job.name in {MAINTENANCE, "template0", "template1"}:
        raise TargetError(
            f"database {job.name} belongs to the server itself and cannot be replaced as a whole",
            "choose another database",
            option="clone",
        )


def _spec(job: CloneJob, old: Database | None) -> TemplateSpec:
    return template.spec_for(job.snapshot, old, job.request)


def _lock(server: ServerSessions, job: CloneJob) -> None:
    """Begin the keeper's transaction and lock the target in it. Errors: TargetError."""
    databases.begin(server, job.request.lock_timeout_s)
    try:
        databases.lock(server, f"database {job.name}")
    except psycopg.errors.LockNotAvailable:
        raise TargetError(
            f"lock held: another run is still replacing database {job.name} after {job.request.lock_timeout_s:g} s",
            "wait until it is done, then run this again",
        ) from None


def _prepare(
    server: ServerSessions,
    job: CloneJob,
    source: str,
    spec: TemplateSpec,
    inspection: Inspection | None,
    old: Database | None,
) -> None:
    """Give the copy the target's owners, privileges and ledger, but not the database's own settings.

    Errors: TargetError, CheckError.
    """
    with server.target.at(job.copy).connect() as connection:
        if inspection is not None and not inspection.known:
            require_nothing_lost(inspection, database_objects.listing(connection))
        rows = database_objects.counts(connection, private=True)
        wrong = [
            f"{data.table.label} holds {rows.get(data.table.label, 0)} rows, not {data.rows}"
            for data in job.manifest.tables
            if rows.get(data.table.label) != data.rows
        ]
        if wrong:
            raise CheckError(
                reasons("the copy of the template does not hold the snapshot's rows", wrong),
                f"drop database {source}, then run this again",
                unchanged=True,
            )
        ledger.write_entry(connection, template.entry(spec))
        if old is not None:
            hand_over_copy(connection, old.owner)
        if inspection is not None:
            grants.apply_rights(connection, inspection.rights, option="clone")
        connection.commit()


def _scratch(server: ServerSessions, job: CloneJob, source: str) -> Definitions:
    """Return the contents of the ready template `source`, read from a scratch copy."""
    databases.create(server, job.copy, source)
    with server.target.at(job.copy).connect() as connection:
        return database_objects.listing(connection)


def _result(job: CloneJob, inspection: Inspection | None, filled: RestoreResult | None) -> RestoreResult:
    seconds = {} if filled is None else {table.name: table.seconds for table in filled.tables}
    deleted = {} if inspection is None else inspection.rows
    labels = [data.table.label for data in job.manifest.tables]
    created = bool(labels) and not any(label in deleted for label in labels)
    return job.result(job.replaced(deleted, seconds), verified="counts", schema_created=created)
