"""Replace the rows of a prepared target in one transaction."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping

from snap.progress import phase
from snap_restorer.load.ahead import ahead
from snap_restorer.load.copy_in import Piece
from snap_restorer.load.restore_plan import RestorePlan
from snap_restorer.load.statistics import refresh_statistics
from snap_restorer.pg import ledger, transaction
from snap_restorer.pg.target import Connection
from snap_restorer.replace import steps
from snap_restorer.replace.replacement import Replacement
from snap_restorer.request import Verify
from snap_restorer.restore_job import RestoreJob
from snap_restorer.result import RestoreResult, StatisticsResult


def replace_rows(connection: Connection, job: RestoreJob, ready: Replacement) -> RestoreResult:
    """Replace the rows of a prepared target, and commit."""
    before: Mapping[str, int] = {}
    if not ready.created:
        with phase(job.progress, "lock tables"):
            steps.lock(connection, ready.plan)
        steps.require_trusted(connection, ready.plan, trust_code=job.request.trust_code)
        with phase(job.progress, "count what is there"):
            before = steps.count(connection, ready)
    seconds, verified, refreshed = load(connection, job, ready)
    steps.refresh_views(connection, ready, job)
    if not ledger.write_entry(connection, job.entry("done")):
        job.progress.warn(
            "this restore is not recorded, because this role may not write the table snap.ledger, or another "
            "role may write it; the next restore will ask for a confirmation"
        )
    with phase(job.progress, "commit"):
        job.target.commit(connection)
    return job.result(
        job.replaced(before, seconds), verified=verified, schema_created=ready.created, statistics=refreshed
    )


def load(
    connection: Connection, job: RestoreJob, ready: Replacement
) -> tuple[dict[str, float], Verify, StatisticsResult]:
    """Replace the rows of locked tables, and restore all that was dropped except materialised views. Do not commit.

    Return the seconds of each table by label, how the rows were verified, and where statistics came from.
    """
    with ahead(_pieces(job, ready.plan)) as pieces:
        seconds = _copy(connection, job, ready.plan, pieces)
    verified = steps.finish(connection, ready, job)
    with phase(job.progress, "gather statistics"):
        refreshed = refresh_statistics(connection, ready.plan.tables, job.statistics, job.shift_days)
    return seconds, verified, refreshed


def _pieces(job: RestoreJob, plan: RestorePlan) -> Iterator[Piece | None]:
    """Read and encode the rows of all tables in order, with None after each table."""
    for table in plan.tables:
        yield from steps.pieces(job, table, table.data.files)
        yield None


def _until_none(pieces: Iterator[Piece | None]) -> Iterator[Piece]:
    while (piece := next(pieces)) is not None:
        yield piece


def _copy(
    connection: Connection, job: RestoreJob, plan: RestorePlan, pieces: Iterator[Piece | None]
) -> dict[str, float]:
    """Empty the tables of a restore and load them in order. Return the seconds of each table by label."""
    steps.clear(connection, plan)
    if plan.deferred:  # foreign keys that close a cycle wait until all tables are loaded
        connection.execute("SET CONSTRAINTS ALL DEFERRED")
    seconds: dict[str, float] = {}
    transaction.set_search_path(connection, None)
    for table in plan.tables:
        began = time.perf_counter()
        job.progress.start(steps.copied(table), table.data.rows)
        inserted = steps.load(connection, table, _until_none(pieces), job.progress, freeze=True)
        steps.expect(job.manifest, table, inserted)
        seconds[table.label] = time.perf_counter() - began
    transaction.set_search_path(connection, transaction.PINNED)
    steps.build(connection, plan, job.progress)
    return seconds
