"""What a restore will do to each table, for people who look before they leap. Pure."""

from __future__ import annotations

from collections.abc import Mapping

from snap_restorer.load.restore_plan import RestorePlan, TablePlan
from snap_restorer.replace.replacement import Replacement
from snap_restorer.restore_job import RestoreJob
from snap_restorer.result import Outline, TableOutline

# Into Postgres 18 on one machine: 455 MB of tables and indexes in 10 s (bench/RESULTS.md), and 0.2 s at the least.
_BYTES_PER_SECOND = 45e6
_LEAST_SECONDS = 0.2
_SECOND_CONNECTION = 0.7  # what two connections take, where one takes 1


def outline(job: RestoreJob, ready: Replacement) -> Outline:
    """Return the outline of a replacement, tables in the order in which they are loaded."""
    plan = ready.plan
    sizes = {table.label: sum(file.bytes for file in table.data.files) for table in plan.tables}
    seconds = job.manifest.estimated_db_bytes / _BYTES_PER_SECOND * (1 if job.request.jobs == 1 else _SECOND_CONNECTION)
    whole = sum(sizes.values()) or 1
    return Outline(
        tables=tuple(
            _table(table, plan, sizes[table.label], ready.before, seconds * sizes[table.label] / whole)
            for table in plan.tables
        ),
        locked=tuple(".".join(name) for name in plan.outside),
        views=tuple(".".join(view.name) for view in plan.views),
        jobs=job.request.jobs,
        shift_days=job.shift_days,
        seconds=round(_LEAST_SECONDS + seconds, 1),
    )


def _table(table: TablePlan, plan: RestorePlan, size: int, before: Mapping[str, int], seconds: float) -> TableOutline:
    own = [d for d in plan.definitions if d.table == table.name]
    gone = {d.oid for d in plan.dropped}
    return TableOutline(
        name=table.label,
        rows=table.data.rows,
        bytes=size,
        replaces=before.get(table.label, 0),
        rebuilt=sum(d.oid in gone for d in own),
        kept=sum(d.oid not in gone and d.kind != "foreign key" for d in own),
        triggers=sum(trigger.table == table.name for trigger in plan.triggers),
        seconds=round(seconds, 2),
    )
