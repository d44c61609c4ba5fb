"""Put a prepared copy in the target's place: two renames in one transaction, once nobody is connected to the target."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Iterator

import psycopg
from psycopg import sql

from snap.errors import TargetError
from snap.units import bullets
from snap_restorer.clones import databases
from snap_restorer.clones.carry import carry
from snap_restorer.clones.databases import Database, ServerSessions
from snap_restorer.clones.inspection import Inspection, inspect_again, read_changes
from snap_restorer.clones.job import CloneJob
from snap_restorer.pg.marks import CLONE

_TRIES = 20  # the most inspections of a target that is written to all the time
_POLL_S = 0.05


class _ChangedError(Exception):
    """Raised if somebody wrote into the target after it was inspected."""


def swap(server: ServerSessions, job: CloneJob, inspection: Inspection | None) -> Inspection | None:
    """Put the copy in the target's place and commit. Return what the target held at that instant."""
    if inspection is None:
        _rename_new(server, job)
        server.keeper.commit()
        return None
    for _ in range(_TRIES):
        old = databases.find(server.worker, job.name)
        if old is None:
            raise TargetError(f"database {job.name} is gone", "somebody dropped or renamed it; run this again")
        await_alone(server, job, old)
        try:
            with _refused_if_used(server, job, old), server.keeper.transaction():
                carry(server.keeper, old, job.copy)
                server.keeper.execute(_rename_sql(job.name, job.aside))
                # Nobody is or can be connected now, so all writes since the inspection are in the counters.
                if read_changes(server.keeper, old) != inspection.changes:
                    raise _ChangedError
                if old.is_template:
                    server.keeper.execute(_no_template_sql(job.aside))
                databases.comment(server.keeper, job.aside, f"{CLONE}, replaced: was {job.name}, may be dropped")
                server.keeper.execute(_rename_sql(job.copy, job.name))
            server.keeper.commit()
            return inspection
        except _ChangedError:
            inspection = inspect_again(server, job, inspection)
    raise TargetError(
        f"other sessions keep writing rows into database {job.name}",
        "stop the programs that write to the database",
        unchanged=True,
    )


def await_alone(server: ServerSessions, job: CloneJob, old: Database) -> None:
    """Wait until nobody is connected to the target. Errors: TargetError that names the sessions."""
    deadline = time.monotonic() + job.request.lock_timeout_s
    while (others := databases.sessions(server, old)) and time.monotonic() < deadline:
        time.sleep(_POLL_S)
    if others:
        raise _used_by(job, others)


def _rename_new(server: ServerSessions, job: CloneJob) -> None:
    databases.comment(server.keeper, job.copy, None)
    try:
        server.keeper.execute(_rename_sql(job.copy, job.name))
    except (psycopg.errors.DuplicateDatabase, psycopg.errors.UniqueViolation):
        raise TargetError(f"somebody created database {job.name} during this run", "run this again") from None


def _rename_sql(name: str, to: str) -> sql.Composed:
    return sql.SQL("ALTER DATABASE {} RENAME TO {}").format(sql.Identifier(name), sql.Identifier(to))


def _no_template_sql(name: str) -> sql.Composed:
    return sql.SQL("ALTER DATABASE {} IS_TEMPLATE false").format(sql.Identifier(name))


@contextlib.contextmanager
def _refused_if_used(server: ServerSessions, job: CloneJob, old: Database) -> Iterator[None]:
    """Raise TargetError that names the sessions that connected just before a rename or hold the database's lock."""
    try:
        yield
    except (psycopg.errors.ObjectInUse, psycopg.errors.LockNotAvailable):
        raise _used_by(job, databases.sessions(server, old) or ("a session that has ended since then",)) from None


def _used_by(job: CloneJob, others: tuple[str, ...]) -> TargetError:
    return TargetError(
        f"database {job.name} is in use, and a database with open sessions cannot be replaced as a whole:\n"
        + bullets(others),
        "end these sessions (SELECT pg_terminate_backend(pid)); a restore that replaces only rows makes "
        "sessions wait instead",
        option="clone",
        unchanged=True,
    )
