"""Replace the rows of a target over several connections, in N transactions that commit one after another.

    holder       one idle transaction that keeps other restores out until the end
    1 commit     the ledger says `loading`, foreign keys are dropped; no row is touched
    N sessions   each locks its own tables, one session after the other; then TRUNCATE, COPY, indexes, sequences,
                 counts at the same time
    N commits    one after another
    1 commit     foreign keys NOT VALID, the rest of the schema's SQL; VALIDATE; the ledger says `done`

A session that has dropped a foreign key or emptied a table blocks every other session that needs one of these tables.
So the foreign keys are dropped first, for all sessions. If sessions waited for each other here, Postgres would not
detect the deadlock. An error before the N commits is undone. A process that is killed leaves `loading` and the old
rows, which the next restore continues from (replace.outcome tells what an error left).
"""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace

import psycopg

from snap.errors import Interruption, SnapError, TargetError
from snap.progress import Progress
from snap_restorer.load.restore_plan import RestorePlan
from snap_restorer.pg import indexes, ledger, row_security, table_readers, transaction
from snap_restorer.pg.catalog import one_row, query
from snap_restorer.pg.indexes import Name
from snap_restorer.pg.partition_tree import PartitionTree, read_tree
from snap_restorer.pg.server_errors import LockHeldError, words
from snap_restorer.pg.target import Connection
from snap_restorer.replace import one_transaction, steps, unfinished
from snap_restorer.replace.outcome import Attempt
from snap_restorer.replace.pool import SideBySide
from snap_restorer.replace.replacement import Replacement, prepare_replacement
from snap_restorer.replace.shares import lifted_keys, share_out
from snap_restorer.request import Verify
from snap_restorer.restore_job import RestoreJob, Steps, run
from snap_restorer.result import RestoreResult, StatisticsResult


def replace_in_parallel(job: RestoreJob) -> RestoreResult:
    """Replace all rows over `request.jobs` connections.

    Errors: as `restore`; each error says what the database holds.
    """
    return run(replace_steps(job))


def replace_steps(job: RestoreJob) -> Steps:
    """Replace all rows step by step: yield each step's name when it is done, and return the RestoreResult."""
    attempt = Attempt(job)
    with job.target.connect() as holder:
        transaction.begin(holder, job.request.lock_timeout_s)
        transaction.exclude_others(holder, job.request.lock_timeout_s)
        try:
            return (yield from _replace(job, attempt, holder))
        except GeneratorExit:
            raise
        except (SnapError, psycopg.Error, Interruption) as raised:
            known = raised.error if isinstance(raised, Interruption) else raised
            error = job.target.translate(known) if isinstance(known, psycopg.Error) else known
            unchanged, error.state = attempt.settle(holder)
            error.unchanged = error.unchanged if unchanged is None else unchanged
            raise (raised if isinstance(raised, Interruption) else error) from None
        except BaseException:
            attempt.settle(holder)
            raise


def _replace(job: RestoreJob, attempt: Attempt, holder: Connection) -> Steps:
    timeout_s = job.request.lock_timeout_s
    with contextlib.ExitStack() as stack:
        connection = stack.enter_context(job.target.connect())
        settings = transaction.begin(connection, timeout_s)
        ready = prepare_replacement(connection, settings, job)
        shares = _shares(connection, ready.plan, job.request.jobs)
        sessions = [stack.enter_context(job.target.connect()) for _ in shares]
        stack.enter_context(_others_are_named(job, holder, (connection, *sessions)))
        _take_off(connection, job, ready)
        attempt.begins(connection, ready)
        connection.commit()
        yield "loading"
        for session, share in zip(sessions, shares, strict=True):
            transaction.begin(session, timeout_s)
            steps.lock(session, share)
            if not ready.created:
                steps.require_trusted(session, share, trust_code=job.request.trust_code)
        yield "locked"
        before, seconds, verified, refreshed = _load(job, ready, sessions, shares)
        yield "loaded"
        holder.execute("SELECT")  # fails if the lock was lost, and another restore may have begun
        for session, share in zip(sessions, shares, strict=True):
            attempt.loaded(session, share)  # fails if a session is lost, before any has committed
        job.progress.start("commit", len(sessions))
        for session in sessions:
            session.commit()
            job.progress.advance("commit", 1)
            yield "committed"
        transaction.begin(connection, timeout_s)
        steps.bind(connection, ready, job)
        yield "bound"
        steps.refresh_views(connection, ready, job)
        ledger.write_entry(connection, job.entry("done"))
        attempt.ends(connection)
        connection.commit()
    return job.result(
        job.replaced(before, seconds), verified=verified, schema_created=ready.created, statistics=refreshed
    )


@contextlib.contextmanager
def _others_are_named(job: RestoreJob, holder: Connection, sessions: Sequence[Connection]) -> Iterator[None]:
    """Make the error of a lock timeout name the sessions that hold the lock, except this restore's own."""
    try:
        yield
    except (LockHeldError, psycopg.errors.LockNotAvailable) as raised:
        error = raised if isinstance(raised, LockHeldError) else job.target.translate(raised)
        if isinstance(error, LockHeldError):
            with contextlib.suppress(psycopg.Error):
                for session in sessions:
                    session.rollback()
                error.ours = one_row(holder, "SELECT pg_catalog.pg_backend_pid()")
        raise error from None


def _shares(connection: Connection, plan: RestorePlan, jobs: int) -> tuple[RestorePlan, ...]:
    """Return the part of the plan for each session.

    Errors: TargetError if a function would read another session's table.
    """
    tree = read_tree(connection, [table.target.oid for table in plan.tables])
    names = {table.target.oid: table.name for table in plan.tables}
    ties = [(names[heir], names[parent]) for parent, heir in connection.execute(query("heirs"), {"oids": list(names)})]
    shares = share_out(plan, _partitions(connection, tree, names), ties, jobs)
    table_readers.require_none_across(
        connection,
        tree,
        {table.target.oid: number for number, share in enumerate(shares) for table in share.tables},
        [
            table_readers.LoadedTable(
                oid=table.target.oid, label=table.label, columns=tuple(column.name for column in table.columns)
            )
            for table in plan.tables
        ],
    )
    return shares


def _partitions(connection: Connection, tree: PartitionTree, names: Mapping[int, Name]) -> Mapping[Name, Name]:
    """Return the table of each partition, by the partition's name. `names` are the tables' names by OID."""
    leaves = [oid for oid in tree.roots if oid not in names]
    if not leaves:
        return {}
    rows = connection.execute(query("relation_names"), {"oids": leaves})
    return {(schema, name): names[tree.roots[oid]] for oid, schema, name in rows}


def _take_off(connection: Connection, job: RestoreJob, ready: Replacement) -> None:
    """Drop the foreign keys and record that in the ledger, the only changes before the rows."""
    if not ready.created:
        steps.lock(connection, ready.plan)
    begun = replace(
        job.entry("loading"),
        unfinished=unfinished.record(ready.plan, owed=ready.unfinished, schema=ready.owed_schema(job.manifest)),
    )
    if not ledger.write_entry(connection, begun):
        raise TargetError(
            "several connections commit in steps, which the table snap.ledger has to record, but this role may "
            "not write that table, or another role may",
            "grant CREATE on the database; only this role, its owner and superusers may own or write snap.ledger",
            option="jobs",
        )
    indexes.drop(connection, lifted_keys(ready.plan))
    row_security.switch_forced(connection, ready.plan.forced, on=True)


def _load(
    job: RestoreJob, ready: Replacement, sessions: Sequence[Connection], shares: Sequence[RestorePlan]
) -> tuple[dict[str, int], dict[str, float], Verify, StatisticsResult]:
    """Replace the rows of each session's tables without committing.

    Return the rows before, the seconds, the verification, and where statistics came from.
    """
    pool = SideBySide(sessions)
    watched = replace(job, progress=_WatchedProgress(job.progress, pool))
    before, seconds, verified = dict[str, int](), dict[str, float](), set[Verify]()
    refreshed = list[StatisticsResult]()

    def load(number: int, session: Connection) -> None:
        share = shares[number]
        known = {table.label: ready.before.get(table.label, 0) for table in share.tables}
        part = Replacement(plan=share, before=known, created=False, confirmed=ready.confirmed)
        try:
            row_security.switch_forced(session, share.forced, on=False)
            before.update(steps.count(session, part))
            loaded, how, statistics = one_transaction.load(session, watched, part)
        except (psycopg.errors.LockNotAvailable, psycopg.errors.DeadlockDetected) as error:
            raise _reads_others(error) from None
        seconds.update(loaded)
        verified.add(how)
        refreshed.append(statistics)

    pool.run(load)
    total = StatisticsResult(
        imported=sum(each.imported for each in refreshed), analyzed=sum(each.analyzed for each in refreshed)
    )
    return before, seconds, "full" if verified <= {"full"} else "counts", total


def _reads_others(error: psycopg.Error) -> TargetError:
    """Return the error for a session that waited for a lock of another session of this restore."""
    said = words(error)
    failed = "a function that runs when rows are inserted reads a table that another connection loads"
    return TargetError(
        f"{failed}: {said.whole}", "restore over one connection", option="jobs", reported=f"{failed}: {said.reported}"
    )


class _WatchedProgress:
    """A Progress that several threads may call. It ends each thread's work once another thread has failed."""

    def __init__(self, progress: Progress, pool: SideBySide) -> None:
        self._progress, self._pool, self._lock = progress, pool, threading.Lock()

    def start(self, name: str, total: int) -> None:
        self._pool.require_going()
        with self._lock:
            self._progress.start(name, total)

    def advance(self, name: str, amount: int) -> None:
        self._pool.require_going()
        with self._lock:
            self._progress.advance(name, amount)

    def note(self, message: str) -> None:
        with self._lock:
            self._progress.note(message)

    def warn(self, message: str) -> None:
        with self._lock:
            self._progress.warn(message)
