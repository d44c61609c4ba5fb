"""Outline what a restore will do to each table, before it does anything. Pure."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from snap.manifest import Manifest, TableData
from snap.schema import load_order
from snap_restorer.load.restore_plan import REBUILD_ROWS, RestorePlan, TablePlan
from snap_restorer.replace.replacement import Replacement
from snap_restorer.restore_job import RestoreJob
from snap_restorer.result import Outline, TableOutline

# Measured with Postgres 18 on one machine: 455 MB of tables and indexes in 10 s (bench/RESULTS.md), at least 0.2 s.
_BYTES_PER_SECOND = 45e6
_LEAST_SECONDS = 0.2
_SECOND_CONNECTION = 0.7  # time of two connections, relative to one


def outline(job: RestoreJob, ready: Replacement) -> Outline:
    """Return the outline of a replacement, with tables in load order.

    For tables that are still to be created, only the keys in the manifest are known, since their SQL does not run.
    """
    plan = ready.plan
    sizes = {data.table.label: sum(file.bytes for file in data.files) for data in job.manifest.tables}
    seconds = job.manifest.estimated_db_bytes / _BYTES_PER_SECOND * (1 if job.request.jobs == 1 else _SECOND_CONNECTION)
    whole = sum(sizes.values()) or 1

    def estimate(label: str) -> float:
        return round(seconds * sizes[label] / whole, 2)

    if ready.created:
        tables = tuple(_new_table(data, job, sizes, estimate) for data in _load_order(job.manifest))
    else:
        tables = tuple(_table(table, plan, sizes, ready.before, estimate) for table in plan.tables)
    return Outline(
        tables=tables,
        locked=tuple(".".join(name) for name in plan.outside),
        views=tuple(".".join(view.name) for view in plan.views),
        jobs=job.request.jobs,
        shift_days=job.shift_days,
        seconds=round(_LEAST_SECONDS + seconds, 1),
    )


def _table(
    table: TablePlan,
    plan: RestorePlan,
    sizes: Mapping[str, int],
    before: Mapping[str, int],
    estimate: Callable[[str], float],
) -> TableOutline:
    own = [d for d in plan.definitions if d.table == table.name and d.kind != "check"]
    gone = {d.oid for d in plan.dropped}
    return TableOutline(
        name=table.label,
        rows=table.data.rows,
        bytes=sizes[table.label],
        replaces=before.get(table.label, 0),
        rebuilt=sum(d.oid in gone for d in own),
        kept=sum(d.oid not in gone and d.kind != "foreign key" for d in own),
        triggers=sum(trigger.table == table.name for trigger in plan.triggers),
        seconds=estimate(table.label),
    )


def _new_table(
    data: TableData, job: RestoreJob, sizes: Mapping[str, int], estimate: Callable[[str], float]
) -> TableOutline:
    table = data.table
    keys = bool(table.primary_key) + len(table.unique)
    rebuilt = data.rows >= REBUILD_ROWS
    references = len(table.foreign_keys) if rebuilt or job.request.jobs > 1 else 0
    return TableOutline(
        name=table.label,
        rows=data.rows,
        bytes=sizes[table.label],
        replaces=0,
        rebuilt=(keys if rebuilt else 0) + references,
        kept=0 if rebuilt else keys,
        triggers=0,
        seconds=estimate(table.label),
    )


def _load_order(manifest: Manifest) -> tuple[TableData, ...]:
    by_label = {data.table.label: data for data in manifest.tables}
    return tuple(by_label[table.label] for table in load_order(data.table for data in manifest.tables))
