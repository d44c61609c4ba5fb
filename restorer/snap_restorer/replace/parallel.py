"""Replace the rows of a target over several connections, which cannot be one transaction.

    holder       one idle transaction that keeps other restores out until the end
    1 commit     the ledger says `loading` and keeps what is taken off; locks, TRUNCATE
    many         COPY of parts, indexes, ANALYZE, each in a transaction of its own, side by side
    1 commit     constraints, sequences, security, triggers as they were; counts; the ledger says `done`

Whatever ends it between the two commits leaves `loading`, which the next restore redoes.
"""

from __future__ import annotations

import threading
import time
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace

import psycopg

from snap.errors import SnapError, TargetError
from snap.manifest import DataFile
from snap.progress import Progress
from snap_restorer.load import table_objects
from snap_restorer.load.ahead import ahead
from snap_restorer.load.restore_plan import RestorePlan, TablePlan
from snap_restorer.pg import indexes, ledger, transaction
from snap_restorer.pg.target import Connection, Target
from snap_restorer.replace import pool, steps, unfinished
from snap_restorer.replace.replacement import prepare_replacement
from snap_restorer.restore_job import RestoreJob
from snap_restorer.result import RestoreResult

_REDO = "the database {} marked as loading; run the same command again, which redoes it"


def replace_in_parallel(job: RestoreJob) -> RestoreResult:
    """Replace all rows over `request.jobs` connections.

    Errors: as `restore`; after the first commit they say `loading`.
    """
    target, timeout_s = job.target, job.request.lock_timeout_s
    with target.connect() as holder, target.connect() as connection:
        transaction.begin(holder, timeout_s)
        transaction.exclude_others(holder, timeout_s)
        settings = transaction.begin(connection, timeout_s)
        ready = prepare_replacement(connection, settings, job)
        _require_splittable(ready.plan)
        before = steps.lock(connection, ready, yes=job.request.guard.yes)
        begun = replace(job.entry("loading"), unfinished=unfinished.record(ready.plan))
        if not ledger.write_entry(connection, begun):
            raise TargetError(
                "several connections commit in steps, and this role may not write the table snap.ledger that keeps "
                "track of them, or another role may",
                "grant CREATE on the database; only this role, its owner and superusers may own or write snap.ledger",
                option="jobs",
            )
        steps.clear(connection, ready.plan)
        with _left_loading(target, "may be"):
            connection.commit()
        with _left_loading(target, "is"):
            seconds = _fill(job, ready.plan)
            holder.execute("SELECT 1")  # an error if others may have come in since
            transaction.begin(connection, timeout_s)
            verified = steps.finish(connection, ready.plan, job)
            steps.refresh_views(connection, ready.plan)
            ledger.write_entry(connection, job.entry("done"))
            connection.commit()
    return job.result(job.replaced(before, seconds), verified=verified, schema_created=ready.created)


def _fill(job: RestoreJob, plan: RestorePlan) -> dict[str, float]:
    """Load all parts and build all indexes; return seconds by label, summed over connections."""
    counted, seconds = Counter[str](), defaultdict[str, float](float)
    shared = _ThreadSafeProgress(job.progress)

    def load(table: TablePlan, files: tuple[DataFile, ...]) -> Callable[[Connection], None]:
        def run(connection: Connection) -> None:
            began = time.perf_counter()
            with ahead(steps.pieces(job, table, files)) as ready:
                inserted = steps.load(connection, table, ready, shared, freeze=False)
            with shared.lock:
                counted[table.label] += inserted
                seconds[table.label] += time.perf_counter() - began

        return run

    def begin(connection: Connection) -> None:
        transaction.begin(connection, job.request.lock_timeout_s)
        transaction.set_search_path(connection, None)

    parts = [(table, files) for table in plan.tables for files in _parts(table)]
    parts.sort(key=lambda part: -sum(file.bytes for file in part[1]))
    tasks = [
        pool.Task(name=f"load {table.label}", run=load(table, files), after=_parents(table, plan))
        for table, files in parts
    ]
    names = {table.name: table.label for table in plan.tables}
    tasks += [
        pool.Task(
            name=f"build {names[d.table]}",
            run=lambda connection, d=d: indexes.build(connection, d),  # type: ignore[misc]
            after=frozenset({f"load {names[d.table]}"}),
        )
        for d in plan.dropped
        if d.build
    ]
    tasks += [
        pool.Task(
            name=f"analyze {table.label}",
            run=lambda connection, table=table: table_objects.analyze(connection, [table]),  # type: ignore[misc]
            after=frozenset({f"load {table.label}", f"build {table.label}"}),
        )
        for table in sorted(plan.tables, key=lambda table: -sum(file.bytes for file in table.data.files))
    ]
    for table in plan.tables:
        shared.start(table.label, table.data.rows)
    pool.run_tasks(job.target, tasks, jobs=job.request.jobs, begin=begin)
    for table in plan.tables:
        steps.expect(job.manifest, table, counted[table.label])
    return dict(seconds)


def _parts(table: TablePlan) -> list[tuple[DataFile, ...]]:
    """Return what one COPY takes: a part each; a table without files is one piece too."""
    return [(file,) for file in table.data.files] if table.columns else [()]


def _parents(table: TablePlan, plan: RestorePlan) -> frozenset[str]:
    """Return the loads that come first: those of the parents by foreign keys that stay."""
    names = {other.name: other.label for other in plan.tables}
    return frozenset(
        f"load {names[d.to]}"
        for d in _staying(plan)
        if d.table == table.name and d.to is not None and d.to in names and d.to != d.table
    )


def _staying(plan: RestorePlan) -> list[indexes.Definition]:
    return [d for d in plan.definitions if d.kind == "foreign key" and d not in plan.dropped]


def _require_splittable(plan: RestorePlan) -> None:
    """Refuse what several transactions cannot do. Errors: TargetError."""
    own = [d for d in _staying(plan) if d.table == d.to]
    if plan.deferred or own:
        names = ", ".join(sorted({d.name for d in own} or {d.name for d in _staying(plan)}))
        raise TargetError(
            "over several connections these foreign keys would have to be dropped meanwhile, and they cannot be: "
            f"{names}",
            option="jobs",
        )


@contextmanager
def _left_loading(target: Target, certain: str) -> Iterator[None]:
    """Say in every error that the database `certain`ly "is", or "may be", left as loading."""
    try:
        yield
    except (SnapError, psycopg.Error) as raised:
        error = target.translate(raised) if isinstance(raised, psycopg.Error) else raised
        error.unchanged = False
        error.hint = "; ".join(part for part in (error.hint, _REDO.format(certain)) if part)
        raise error from None


class _ThreadSafeProgress:
    """A Progress that several threads may call."""

    def __init__(self, progress: Progress) -> None:
        self._progress = progress
        self.lock = threading.Lock()

    def start(self, name: str, total: int) -> None:
        with self.lock:
            self._progress.start(name, total)

    def advance(self, name: str, amount: int) -> None:
        with self.lock:
            self._progress.advance(name, amount)

    def note(self, message: str) -> None:
        with self.lock:
            self._progress.note(message)

    def warn(self, message: str) -> None:
        with self.lock:
            self._progress.warn(message)
