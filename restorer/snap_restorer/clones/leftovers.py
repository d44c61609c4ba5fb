"""Drop databases that clones leave behind: replaced databases, unusable copies, and databases of runs that died."""

from __future__ import annotations

import contextlib

import psycopg

from snap.errors import SnapError, TargetError
from snap_restorer.clones import databases
from snap_restorer.clones.databases import Database, ServerSessions
from snap_restorer.clones.job import CloneJob
from snap_restorer.pg.catalog import query
from snap_restorer.pg.marks import CLONE


def sweep(server: ServerSessions, job: CloneJob) -> None:
    """Drop the databases that dead runs left for this target, and for other targets on which no run is at work.

    The keeper holds this target's lock. Locks of other targets are tried in a savepoint, which releases them again.
    """
    for name in (job.copy, job.aside):
        leftover = databases.find(server.worker, name)
        if leftover is not None:
            _require_ours(leftover)
            databases.drop(server, name, force=name == job.copy)
    for name, _, comment, _ in server.worker.execute(query("clone_ours"), {"kinds": "new|old"}).fetchall():
        target = (comment or "").partition(" be " if "_new_" in name else " was ")[2].removesuffix(", may be dropped")
        if not (comment or "").startswith(CLONE) or not name.endswith(databases.digest(target)):
            continue
        with server.keeper.transaction(force_rollback=True):
            if databases.try_lock(server, f"database {target}"):
                discard(server, job, name)


def discard(server: ServerSessions, job: CloneJob, name: str) -> None:
    """Drop a database that is no longer needed. If that fails, warn, and leave it to the next clone."""
    try:
        databases.drop(server, name, force=name == job.copy)
    except psycopg.Error as error:
        with contextlib.suppress(SnapError):
            job.progress.warn(
                f"database {name} could not be dropped ({error.diag.message_primary}); the next clone will drop it"
            )


def _require_ours(leftover: Database) -> None:
    ours = leftover.comment is None or leftover.comment.startswith(CLONE)
    if not (leftover.owned and ours):
        raise TargetError(
            f"database {leftover.name} of role {leftover.owner} was left by an interrupted run and blocks this one",
            f"connect as {leftover.owner}, or drop it",
        )
