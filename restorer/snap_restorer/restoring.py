"""Restore a snapshot's rows into a target: replace all rows, insert the missing ones, or write those that differ.

On one connection a restore is one transaction. Mode replace runs: prepare, lock, clear, load, finish, ledger, commit
(package replace has these steps, and those for several connections). Package merge has the steps of modes missing and
sync. The caller has compared the files with their hashes.
"""

from __future__ import annotations

from dataclasses import replace

from snap.planner_statistics import read_statistics
from snap.progress import Progress, Silent
from snap.store import Snapshot
from snap_restorer.load.ahead import import_ahead
from snap_restorer.pg import transaction
from snap_restorer.pg.target import Target
from snap_restorer.replace.outline import outline
from snap_restorer.replace.replacement import prepare_replacement
from snap_restorer.request import REQUEST, Request, shift_days
from snap_restorer.restore_job import RestoreJob
from snap_restorer.result import RestoreResult


def restore(
    snapshot: Snapshot, target: Target, request: Request = REQUEST, *, progress: Progress | None = None
) -> RestoreResult:
    """Restore `snapshot` into `target` as `request` says, and create its schema if none of its tables exists.

    Errors: UsageError for a request that is not possible; SnapshotError for planner's statistics that are not as snap
    writes them; TargetError when the target does not fit the snapshot, or is guarded or locked; CheckError when the
    loaded rows are not the snapshot's; ServiceError. After each error the target is unchanged, or its ledger says
    `loading`.
    """
    request.require_possible()
    days = shift_days(snapshot.manifest, request.as_of)
    if days:
        from snap_restorer.values.shift import require_shiftable  # noqa: PLC0415 - imported on first use

        require_shiftable(snapshot, days)
    job = RestoreJob(snapshot=snapshot, target=target, request=request, shift_days=days, progress=progress or Silent())
    if not request.dry_run:
        import_ahead("pyarrow.parquet", "pyarrow.compute")  # while waiting for the server
    if request.mode != "replace":
        from snap_restorer.merge import merging  # noqa: PLC0415 - imported on first use

        merged = merging.merge_rows(job)
        if merged is not None:
            return merged
    if not request.dry_run:
        job = replace(job, statistics=read_statistics(snapshot))
    if request.jobs > 1 and not request.dry_run:
        from snap_restorer.replace import parallel  # noqa: PLC0415 - imported on first use

        return parallel.replace_in_parallel(job)
    return _in_one_transaction(job)


def _in_one_transaction(job: RestoreJob) -> RestoreResult:
    """Replace all rows of the target in one transaction. A dry run ends before it would change anything."""
    with job.target.connect() as connection:
        settings = transaction.begin(connection, job.request.lock_timeout_s)
        transaction.exclude_others(connection, job.request.lock_timeout_s)
        ready = prepare_replacement(connection, settings, job)
        if job.request.dry_run:
            tables = job.replaced(ready.before)
            return job.result(tables, verified="none", schema_created=ready.created, outline=outline(job, ready))
        from snap_restorer.replace import one_transaction  # noqa: PLC0415 - imported on first use

        return one_transaction.replace_rows(connection, job, ready)
