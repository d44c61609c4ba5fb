"""Replace a whole database by a copy of a template: no row is loaded, and the swap is two renames in one transaction.

    template     made, or waited for, unless it is ready
    lock         this target, against other runs
    inspect      everything in the target, its rows, its rights: refusals happen here
    copy         CREATE DATABASE snap_new_... TEMPLATE ...
    prepare      compare with the target; its owners and privileges; ledger
    swap         the database's own settings and rights; target to snap_old_..., copy to target: one commit
    drop         snap_old_...

A run that dies leaves the old database or the new one under the target's name, and perhaps a snap_new_... or
snap_old_... beside it, which the next run drops. Sessions of others are never ended: while there are any the server
does not rename, so the swap waits and then is refused.
"""

from __future__ import annotations

import contextlib
import time
from collections.abc import Generator, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

import psycopg
from psycopg import sql

from snap.errors import CheckError, SnapError, TargetError
from snap.manifest import Manifest
from snap.progress import Progress, Silent
from snap.store import Snapshot
from snap.units import bullets
from snap_restorer.clones import database_objects, databases, template
from snap_restorer.clones.carry import carry
from snap_restorer.clones.database_objects import Contents
from snap_restorer.clones.databases import MAINTENANCE, Database, Server
from snap_restorer.load.plan import require_ours
from snap_restorer.pg import grants, ledger
from snap_restorer.pg.catalog import query
from snap_restorer.pg.grants import Right
from snap_restorer.pg.target import Target
from snap_restorer.request import REQUEST, Request
from snap_restorer.result import RestoreResult, TableResult

Connection = psycopg.Connection[Any]

Steps = Generator[str, None, RestoreResult]

_MARK = "snap clone"
_WITHOUT = "restore without --clone"
_TRIES = 20  # inspections of a target in which somebody writes all the time
_POLL_S = 0.05


@dataclass(frozen=True, slots=True, kw_only=True)
class Held:
    """What the target held when it was inspected. `known`: nothing, or exactly what a clone left there."""

    contents: Contents
    known: bool
    rights: tuple[Right, ...]
    rows: Mapping[str, int]
    changes: tuple[Any, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    """One clone: what, where to, and what is allowed."""

    snapshot: Snapshot
    target: Target
    name: str
    request: Request
    progress: Progress

    @property
    def manifest(self) -> Manifest:
        return self.snapshot.manifest

    @property
    def copy(self) -> str:
        return f"snap_new_{databases.digest(self.name)}"

    @property
    def aside(self) -> str:
        return f"snap_old_{databases.digest(self.name)}"


def clone_into(
    snapshot: Snapshot, target: Target, request: Request = REQUEST, *, progress: Progress | None = None
) -> RestoreResult:
    """Replace the database `target` by a copy of a template that holds `snapshot`; create it where there is none.

    `request.jobs` and `request.verify` are those of the restore that fills a template. Objects outside the snapshot are
    refused whatever the guard says. Errors: TargetError, CheckError, ServiceError; after each the target is as it was.
    """
    job = Job(
        snapshot=snapshot,
        target=target,
        name=databases.name_of(target),
        request=request,
        progress=progress or Silent(),
    )
    steps = plan_steps(job) if request.dry_run else clone_steps(job)
    while True:
        try:
            next(steps)
        except StopIteration as done:
            return done.value


def clone_steps(job: Job) -> Steps:
    """Clone step by step; gives each step's name when it is done and returns the RestoreResult."""
    started = time.perf_counter()
    _require_name(job)
    with databases.serve(job.target) as server:
        made, filled = template.recipe(job.snapshot, databases.find(server.worker, job.name), job.request.as_of), None
        if not template.is_ready(server, template.name_of(server, made)):
            _inspect(server, job)  # refuse before the work, not after it
        while True:
            filled = (yield from template.make(server, made, job.progress, request=job.request)) or filled
            _lock(server, job)
            old = databases.find(server.worker, job.name)
            made = template.recipe(job.snapshot, old, job.request.as_of)
            source = template.name_of(server, made)
            if template.hold_ready(server, source):
                break
        yield "locked"
        held = _inspect(server, job)
        _sweep(server, job)
        template.touch(server, source)
        swapped = False
        try:
            databases.create(server, job.copy, source, tablespace=None if old is None else old.tablespace)
            yield "copy created"
            databases.comment(server.worker, job.copy, f"{_MARK}, unfinished: will be {job.name}")
            _prepare(server, job, made, held)
            yield "copy prepared"
            held = _swap(server, job, held)
            swapped = True
            yield "swapped"
        finally:
            if not swapped:
                server.keeper.rollback()
                _discard(server, job, job.copy)
        if held is not None:
            _discard(server, job, job.aside)
        yield "old dropped"
    return _result(job, held, filled, time.perf_counter() - started, verified=True)


def plan_steps(job: Job) -> Steps:
    """Find out what a clone would do, or why it would be refused; the target and its templates stay as they are.

    A target that is neither empty nor an unchanged clone is compared with a scratch database, which is dropped.
    """
    started = time.perf_counter()
    _require_name(job)
    with databases.serve(job.target) as server:
        _lock(server, job)
        held = _inspect(server, job)
        _sweep(server, job)
        old = databases.find(server.worker, job.name)
        yield "inspected"
        if held is not None and not held.known:
            try:
                _compare(held, _scratch(server, job, old))
            finally:
                _discard(server, job, job.copy)
        if old is not None:
            _await_alone(server, job, old)
    return _result(job, held, None, time.perf_counter() - started, verified=False)


def _require_name(job: Job) -> None:
    if job.name in {MAINTENANCE, "template0", "template1"}:
        raise TargetError(
            f"database {job.name} is one that the server works with, and cannot be replaced as a whole",
            f"name a database of your own in --db, or {_WITHOUT}",
        )


def _lock(server: Server, job: Job) -> None:
    """Begin the keeper's transaction with the lock on this target in it. Errors: TargetError."""
    databases.begin(server, job.request.lock_timeout_s)
    try:
        databases.hold(server, f"database {job.name}")
    except psycopg.errors.LockNotAvailable:
        raise TargetError(
            f"lock held: another run replaces database {job.name}, for over {job.request.lock_timeout_s:g} s",
            "wait until it is done, then run this again",
        ) from None


def _inspect(server: Server, job: Job) -> Held | None:
    """Read all that the target holds; None where there is no such database. Errors: TargetError by the guard."""
    old = databases.find(server.worker, job.name)
    if old is None:
        replace(job.request.guard, allowed=None).admit(server.worker, job.target)
        return None
    _require_replaceable(server, old)
    changes = _changes(server.worker, old)  # before the rows are counted: what is written from now on is noticed
    with job.target.connect() as connection:
        databases.require_direct(connection, job.target)
        held = database_objects.listing(connection)
        record = database_objects.read_record(connection)
        entry = ledger.read(connection)
        rows = database_objects.counts(connection, private=False)
        rights = grants.rights(connection)
        listed = job.request.guard.admit(connection, job.target)
    known = not held or (record is not None and record.fingerprint == database_objects.fingerprint(held))
    if not (job.request.guard.yes or listed):
        if entry is not None and record is not None:  # tables that the schema's SQL itself fills are in no ledger
            entry = replace(entry, rows=tuple({**record.rows, **dict(entry.rows)}.items()))
        require_ours(rows, entry)
    return Held(contents=held, known=known, rights=rights, rows=rows, changes=changes)


def _require_replaceable(server: Server, old: Database) -> None:
    problem = None
    if old.broken:
        problem = "is the rest of a DROP DATABASE that was interrupted"
        hint = "drop it, then run this again"
    elif not old.owned:
        problem = f"belongs to {old.owner}, whose rights role {server.role.name} does not have"
        hint = f"connect as its owner, or {_WITHOUT}"
    elif not old.connectable:
        problem = "takes no connections, so what it holds cannot be compared"
        hint = "ALTER DATABASE ... ALLOW_CONNECTIONS true, then run this again"
    if problem is not None:
        raise TargetError(f"database {old.name} {problem}", hint)


def _prepare(server: Server, job: Job, made: template.Recipe, held: Held | None) -> None:
    """Make the copy what the target is to be, all but the database's own settings. Errors: TargetError, CheckError."""
    with server.at(job.copy).connect() as connection:
        if held is not None and not held.known:
            _compare(held, database_objects.listing(connection))
        rows = database_objects.counts(connection, private=True)
        wrong = [
            f"{data.table.label} holds {rows.get(data.table.label, 0)} rows, not {data.rows}"
            for data in job.manifest.tables
            if rows.get(data.table.label) != data.rows
        ]
        if wrong:
            raise CheckError(
                "the copy of the template is wrong: " + "; ".join(wrong),
                f"drop database {template.name_of(server, made)}, then run this again; the target was not changed",
            )
        ledger.write(connection, template.entry(made))
        if held is not None:
            grants.apply_rights(connection, held.rights, option="clone")
        connection.commit()


def _compare(held: Held, made: Contents) -> None:
    found = database_objects.strangers(held.contents, made)
    if found:
        raise TargetError(
            "the target holds what --clone would lose:\n" + bullets(found),
            f"{_WITHOUT}, which replaces the rows of the snapshot's tables and nothing else; nothing was changed",
        )


def _scratch(server: Server, job: Job, old: Database | None) -> Contents:
    """Return what a template would hold, from a ready one or from the schema's SQL in a database without rows."""
    source = template.name_of(server, template.recipe(job.snapshot, old, job.request.as_of))
    ready = template.is_ready(server, source)
    databases.create(server, job.copy, source if ready else "template1")
    with server.at(job.copy).connect() as connection:
        if not ready:
            connection.execute(job.manifest.schema_sql.encode())
            connection.execute("RESET ALL")
        return database_objects.listing(connection)


def _swap(server: Server, job: Job, held: Held | None) -> Held | None:
    """Put the copy into the target's place and commit; gives what the target held at that instant."""
    rename = sql.SQL("ALTER DATABASE {} RENAME TO {}")
    copy, name, aside = map(sql.Identifier, (job.copy, job.name, job.aside))
    if held is None:
        _rename_new(server, job)
        server.keeper.commit()
        return None
    for _ in range(_TRIES):
        old = databases.find(server.worker, job.name)
        if old is None:
            raise TargetError(f"database {job.name} is gone", "somebody dropped or renamed it; run this again")
        _await_alone(server, job, old)
        try:
            with _refused_if_used(server, job, old), server.keeper.transaction():
                carry(server.keeper, old, job.copy)
                server.keeper.execute(rename.format(name, aside))
                # Nobody is connected any more, nor can be: who wrote since the inspection has reported it by now.
                if _changes(server.keeper, old) != held.changes:
                    raise _Changed
                if old.is_template:
                    server.keeper.execute(sql.SQL("ALTER DATABASE {} IS_TEMPLATE false").format(aside))
                databases.comment(server.keeper, job.aside, f"{_MARK}, replaced: was {job.name}, may be dropped")
                server.keeper.execute(rename.format(copy, name))
            server.keeper.commit()
            return held
        except _Changed:
            held = _inspect_again(server, job, held)
    raise TargetError(
        f"rows are written into database {job.name} all the time", "stop the writers; nothing was changed"
    )


class _Changed(Exception):  # noqa: N818 - a rollback, not an error
    """Somebody wrote into the target since it was inspected."""


def _inspect_again(server: Server, job: Job, held: Held) -> Held:
    """Inspect a target in which somebody wrote; its objects must be those that the copy was made for."""
    again = _inspect(server, job)
    if again is None or again.contents != held.contents or again.rights != held.rights:
        raise TargetError(f"database {job.name} was altered meanwhile", "run this again; nothing was changed")
    return again


def _rename_new(server: Server, job: Job) -> None:
    databases.comment(server.keeper, job.copy, None)
    try:
        server.keeper.execute(
            sql.SQL("ALTER DATABASE {} RENAME TO {}").format(sql.Identifier(job.copy), sql.Identifier(job.name))
        )
    except (psycopg.errors.DuplicateDatabase, psycopg.errors.UniqueViolation):
        raise TargetError(f"somebody created database {job.name} meanwhile", "run this again") from None


def _await_alone(server: Server, job: Job, old: Database) -> None:
    """Wait until nobody is connected to the target. Errors: TargetError that says who is."""
    deadline = time.monotonic() + job.request.lock_timeout_s
    while (others := databases.sessions(server, old)) and time.monotonic() < deadline:
        time.sleep(_POLL_S)
    if others:
        raise _used_by(job, others)


@contextlib.contextmanager
def _refused_if_used(server: Server, job: Job, old: Database) -> Iterator[None]:
    """Say who came in the instant before a rename, or who holds the database's lock."""
    try:
        yield
    except (psycopg.errors.ObjectInUse, psycopg.errors.LockNotAvailable):
        raise _used_by(job, databases.sessions(server, old) or ("a session that has left by now",)) from None


def _used_by(job: Job, others: tuple[str, ...]) -> TargetError:
    return TargetError(
        f"database {job.name} is in use, and one with sessions cannot be replaced as a whole:\n" + bullets(others),
        f"end them (SELECT pg_terminate_backend(pid)), or {_WITHOUT}, for which sessions only wait; "
        "nothing was changed",
    )


def _changes(connection: Connection, database: Database) -> tuple[Any, ...]:
    connection.execute("SELECT pg_catalog.pg_stat_clear_snapshot()")
    return connection.execute(query("clone_changes"), {"oid": database.oid}).fetchone() or ()


def _sweep(server: Server, job: Job) -> None:
    """Drop what runs that died left: of this target, and of others where nobody is at work.

    The keeper holds this target's lock; other targets' locks are tried in a savepoint, which gives them back.
    """
    for name in (job.copy, job.aside):
        found = databases.find(server.worker, name)
        if found is not None:
            _require_ours(found)
            databases.drop(server, name, force=name == job.copy)
    for name, _, comment, _ in server.worker.execute(query("clone_ours"), {"kinds": "new|old"}).fetchall():
        of = (comment or "").partition(" be " if "_new_" in name else " was ")[2]
        of = of.removesuffix(", may be dropped")
        if not (comment or "").startswith(_MARK) or not name.endswith(databases.digest(of)):
            continue
        with server.keeper.transaction(force_rollback=True):
            if databases.try_hold(server, f"database {of}"):
                _discard(server, job, name)


def _require_ours(found: Database) -> None:
    ours = found.comment is None or found.comment.startswith(_MARK)
    if not (found.owned and ours):
        raise TargetError(
            f"database {found.name} of {found.owner}, left by an interrupted run, is in the way",
            f"connect as {found.owner}, or drop it",
        )


def _discard(server: Server, job: Job, name: str) -> None:
    """Drop a database that nobody needs; where that fails, say so: the next run tries again."""
    try:
        databases.drop(server, name, force=name == job.copy)
    except psycopg.Error as error:
        with contextlib.suppress(SnapError):
            job.progress.warn(
                f"database {name} could not be dropped ({error.diag.message_primary}); the next --clone will"
            )


def _result(
    job: Job, held: Held | None, filled: RestoreResult | None, seconds: float, *, verified: bool
) -> RestoreResult:
    took = {} if filled is None else {table.name: table.seconds for table in filled.tables}
    rows = {} if held is None else held.rows
    labels = [data.table.label for data in job.manifest.tables]
    return RestoreResult(
        version=job.manifest.version,
        db=job.target.redacted,
        mode="replace",
        schema_created=bool(labels) and not any(label in rows for label in labels),
        tables=tuple(
            TableResult(
                name=data.table.label,
                rows=data.rows,
                inserted=data.rows,
                deleted=rows.get(data.table.label, 0),
                seconds=took.get(data.table.label, 0.0),
            )
            for data in job.manifest.tables
        ),
        conflicts=(),
        verified="counts" if verified else False,
        seconds=seconds,
    )
