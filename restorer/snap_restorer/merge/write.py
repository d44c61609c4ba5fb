"""The rows of modes missing and sync written into a prepared target, and what that came to."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import psycopg

from snap.errors import TargetError
from snap.units import bullets, plural
from snap_restorer.merge.locked_target import LockedTarget
from snap_restorer.merge.missing import insert_missing
from snap_restorer.merge.sync import synchronise
from snap_restorer.request import Verify
from snap_restorer.restore_job import RestoreJob
from snap_restorer.result import Conflict, TableResult
from snap_restorer.values.shift import require_shiftable

Connection = psycopg.Connection[Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Changed:
    """What a mode has written, before the commit."""

    tables: tuple[TableResult, ...]
    verified: Verify
    conflicts: tuple[Conflict, ...] = ()
    triggers: tuple[str, ...] = ()


def missing(connection: Connection, job: RestoreJob, locked: LockedTarget) -> Changed:
    require_shiftable(job.snapshot, job.shift_days)
    merged = insert_missing(connection, job.snapshot, locked, job.progress)
    rows = f"{plural(len(merged.conflicts), 'row')} of the snapshot"
    if merged.conflicts and job.request.strict:
        raise TargetError(
            f"{rows} cannot go in:\n{_listed(merged.conflicts)}",
            "change what stands against them",
            option="strict",
            unchanged=True,
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
    return Changed(tables=tables, verified="counts", conflicts=merged.conflicts)


def sync(connection: Connection, job: RestoreJob, locked: LockedTarget) -> Changed:
    require_shiftable(job.snapshot, job.shift_days)
    synced = synchronise(connection, job.snapshot, locked, job.progress)
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
    return Changed(tables=tuple(tables), verified="full" if synced.whole else "counts", triggers=triggers)


def _listed(conflicts: Sequence[Conflict]) -> str:
    return bullets(f"{conflict.table} {conflict.key}: {conflict.reason}" for conflict in conflicts)
