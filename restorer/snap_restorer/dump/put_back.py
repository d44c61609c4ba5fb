"""Put some schemas of a database back to what a dump holds, in one transaction, and prove it before the commit.

    look      extensions, what depends on the schemas from outside: refusals happen here
    drop      what is in the schemas, not the schemas themselves: their owner, grants and default privileges stay
    create    pg_restore's statements before the data, its COPY, its statements after
    settle    what depends from outside, owners and privileges, default privileges, materialised views, ANALYZE
    prove     the same objects and the same rows as when the dump was made
    commit

Statements come from pg_restore as text and run in a session of ours; whoever is killed leaves the database as it was.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Protocol

import psycopg
from psycopg import sql

from snap.errors import CheckError, TargetError, UsageError
from snap.progress import Progress, Silent
from snap_restorer.dump import dropping, holdings
from snap_restorer.dump.archive import Contents, listed, printed, require_read, streamed
from snap_restorer.dump.holdings import Holdings, Thing
from snap_restorer.dump.regrant import settle_defaults, settle_rights
from snap_restorer.dump.script import events
from snap_restorer.pg import inventory, programs, session, settings
from snap_restorer.pg.catalog import query
from snap_restorer.pg.clients import private_environment
from snap_restorer.pg.guard import NO_GUARD, Guard
from snap_restorer.pg.interrupt import interruptible, require_going
from snap_restorer.pg.target import Target

Connection = psycopg.Connection[Any]

_LARGE = "SELECT pg_catalog.lo_unlink(m.oid) FROM pg_catalog.pg_largeobject_metadata m"


class Archive(Protocol):
    """A backup to put back: what pg_dump wrote, and what was noted with it."""

    @property
    def held(self) -> Holdings:
        """What the schemas held."""

    @property
    def client(self) -> int:
        """pg_dump's major version."""

    def pieces(self) -> Iterator[bytes]:
        """Return pg_dump's bytes from their beginning, each time anew."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PutBack:
    """What was put back. `tables` are rows by table; `lost` is what stood outside and is in no backup."""

    db: str
    schemas: tuple[str, ...]
    tables: Mapping[str, int]
    lost: tuple[str, ...]
    seconds: float


@dataclass(frozen=True, slots=True, kw_only=True)
class _Job:
    target: Target
    archive: Archive
    schemas: tuple[str, ...]
    whole: bool
    folder: Path
    environment: Mapping[str, str]
    stop: threading.Event
    progress: Progress
    lock_timeout_s: float

    @property
    def held(self) -> Holdings:
        return self.archive.held

    def feed(self) -> Iterator[bytes]:
        return self.archive.pieces()


def put_back(
    target: Target,
    archive: Archive,
    *,
    schemas: Sequence[str] = (),
    lose: bool = False,
    guard: Guard = NO_GUARD,
    lock_timeout_s: float = 10,
    environment: Mapping[str, str] | None = None,
    progress: Progress | None = None,
    stop: threading.Event | None = None,
) -> PutBack:
    """Make `schemas`, by default all that were dumped, exactly what `archive` holds.

    What depends on them from outside and was there when the dump was made is made again; what has come since is refused
    by name, or with `lose` dropped. Columns and rows outside the schemas are never dropped. Errors: TargetError,
    CheckError where the proof fails, ServiceError, Interrupted once `stop` is set; after each the database is as it
    was.
    """
    env, stop, progress = private_environment(environment), stop or threading.Event(), progress or Silent()
    started = time.perf_counter()
    chosen = _chosen(archive.held, schemas)
    with target.connect() as connection, interruptible(connection, stop):
        client = max(connection.info.server_version // 10000, archive.client)
        job = _Job(
            target=target,
            archive=archive,
            schemas=chosen,
            whole=len(chosen) == len(archive.held.schemas),
            folder=programs.clients(env, client),
            environment=env,
            stop=stop,
            progress=progress,
            lock_timeout_s=lock_timeout_s,
        )
        had = session.begin(connection, lock_timeout_s)
        guard.admit(connection, target)
        session.exclude_others(connection, lock_timeout_s)
        toc = listed(job.folder, job.feed(), environment=env, stop=stop)
        if not job.whole:
            toc = replace(toc, schemas=chosen)
        found = holdings.things(connection, chosen)
        lost = _refuse(job, found, lose=lose)
        for name in lost:
            progress.warn(f"{name} depends on what is put back, and is not in the backup: it is dropped")
        _drop(connection, job, found)
        _create(connection, job, toc)
        _settle(connection, job, toc)
        _prove(connection, job)
        settings.put_back(connection, had)
        require_going(stop)
        target.commit(connection)
    tables = {label: row[0] for label, row in holdings.limited(job.held, chosen).rows.items()}
    return PutBack(db=target.redacted, schemas=chosen, tables=tables, lost=lost, seconds=time.perf_counter() - started)


def _chosen(held: Holdings, schemas: Sequence[str]) -> tuple[str, ...]:
    missing = [name for name in schemas if name not in held.schemas]
    if missing:
        raise UsageError(
            f"the backup does not hold schema {', '.join(missing)}", f"it holds: {', '.join(held.schemas)}"
        )
    return tuple(name for name in held.schemas if not schemas or name in schemas)


def _refuse(job: _Job, found: Iterable[Thing], *, lose: bool) -> tuple[str, ...]:
    """Refuse what would be lost for good, before anything is touched; give what may be lost. Errors: TargetError."""
    known = {thing.name: thing for thing in job.held.outside}
    outside = [thing for thing in found if thing.outside]
    never = [
        thing.name
        for thing in outside
        if thing.holds or (thing.name in known and not (known[thing.name].definition and thing.able))
    ]
    if never:
        raise TargetError(
            "these depend on what is to be put back, and could not be made again:\n" + inventory.listed(never),
            "take them away, or make them independent of the schemas, then run this again; nothing was changed",
        )
    fresh = [thing.name for thing in outside if thing.name not in known]
    if fresh and not lose:
        raise TargetError(
            "these depend on what is to be put back, and are not in the backup:\n" + inventory.listed(fresh),
            "drop them first, or add --lose to let them go; nothing was changed",
        )
    return tuple(fresh)


def _drop(connection: Connection, job: _Job, found: Iterable[Thing]) -> None:
    """Drop what the schemas hold. Members of extensions and the schemas themselves stay."""
    _run(connection, job, dropping.statements(found))
    if job.whole and job.held.large_objects:
        connection.execute(_LARGE + " WHERE pg_catalog.pg_has_role(m.lomowner, 'USAGE')")


def _create(connection: Connection, job: _Job, toc: Contents) -> None:
    """Make schemas and extensions that are not there, then what the archive holds."""
    _schemas(connection, job)
    _extensions(connection, job)
    connection.execute("SET LOCAL check_function_bodies = off")
    connection.execute("SET LOCAL lc_monetary TO DEFAULT")  # as pg_dump prints money
    session.search(connection, "")
    _run(connection, job, _text(job, toc, "pre-data"))
    _load(connection, job, toc)
    _run(connection, job, _text(job, toc, "post-data"))


def _settle(connection: Connection, job: _Job, toc: Contents) -> None:
    session.search(connection, "")
    for thing in job.held.outside:
        if thing.definition is not None:
            _again(connection, job, thing)
    session.settle(connection, job.lock_timeout_s)
    settle_rights(connection, job.held, job.schemas, job.progress, large_objects=job.whole)
    settle_defaults(connection, job.held, job.schemas, job.progress)
    session.search(connection, "")
    connection.execute("SET LOCAL row_security = on")  # its owner filled it under the policies that hold for the owner
    _run(connection, job, _text(job, replace(toc, taken=toc.views), "post-data"))
    connection.execute("SET LOCAL row_security = off")
    session.search(connection, session.PINNED)


def _prove(connection: Connection, job: _Job) -> None:
    for schema, name, _ in connection.execute(query("dump_tables"), {"schemas": list(job.schemas)}).fetchall():
        connection.execute(sql.SQL("ANALYZE {}").format(sql.Identifier(schema, name)))
    found = holdings.things(connection, job.schemas)
    rows = holdings.rows(connection, job.schemas, lift=_restricted(connection))
    lines = holdings.differences(holdings.limited(job.held, job.schemas), holdings.inside(found), rows)
    if lines:
        raise CheckError(
            "what was put back is not what the backup holds:\n" + inventory.listed(lines),
            "nothing was changed; another backup may do, see: snap backup list",
        )


def _restricted(connection: Connection) -> bool:
    row = connection.execute(
        "SELECT rolsuper OR rolbypassrls FROM pg_catalog.pg_roles WHERE rolname = CURRENT_USER"
    ).fetchone()
    return not (row and row[0])


def _text(job: _Job, toc: Contents, section: str) -> str:
    return printed(job.folder, job.feed(), toc, section, environment=job.environment, stop=job.stop)


def _load(connection: Connection, job: _Job, toc: Contents) -> None:
    """Stream the rows, the positions of sequences and the large objects."""
    name = "put back"
    job.progress.start(name, sum(row[0] for row in job.held.rows.values()))
    cursor = connection.cursor()
    with streamed(job.folder, job.feed(), toc, environment=job.environment, stop=job.stop) as program:
        script = events(program.pieces())
        for kind, text in script:
            if kind == "copy":
                with cursor.copy(text) as copy:
                    for inner, rows in script:
                        if inner == "end":
                            break
                        copy.write(rows)
                        job.progress.advance(name, rows.count(b"\n"))
            else:
                cursor.execute(text)
    require_read(program)


def _run(connection: Connection, job: _Job, text: str) -> None:
    """Run statements as one message."""
    require_going(job.stop)
    if text.strip():
        cursor = connection.execute(text.encode())
        while cursor.nextset():
            pass


def _schemas(connection: Connection, job: _Job) -> None:
    for name in job.schemas:
        # IF NOT EXISTS alone would still want CREATE on the database.
        if not connection.execute("SELECT FROM pg_catalog.pg_namespace WHERE nspname = %s", [name]).rowcount:
            connection.execute(sql.SQL("CREATE SCHEMA {}").format(sql.Identifier(name)))
    wanted = dict(job.held.comments)
    for name, text, ours in connection.execute(query("dump_comments"), {"schemas": list(job.schemas)}).fetchall():
        if wanted.get(name) != text and ours:
            connection.execute(
                sql.SQL("COMMENT ON SCHEMA {} IS {}").format(sql.Identifier(name), sql.Literal(wanted.get(name)))
            )


def _extensions(connection: Connection, job: _Job) -> None:
    """Make the extensions that are not there any more. Errors: TargetError that names the one that cannot be made."""
    there = {row[0] for row in connection.execute("SELECT extname FROM pg_catalog.pg_extension")}
    for extension in job.held.extensions:
        if extension.name in there:
            continue
        place, name = sql.Identifier(extension.schema), sql.Identifier(extension.name)
        try:
            with connection.transaction():
                if extension.schema not in job.schemas:
                    connection.execute(sql.SQL("CREATE SCHEMA IF NOT EXISTS {}").format(place))
                connection.execute(sql.SQL("CREATE EXTENSION {} SCHEMA {}").format(name, place))
        except psycopg.Error as error:
            raise TargetError(
                f"extension {extension.name} was there when the backup was made, and cannot be made again: "
                f"{error.diag.message_primary}",
                f"CREATE EXTENSION {extension.name} SCHEMA {extension.schema} as a role that may; nothing was changed",
            ) from None


def _again(connection: Connection, job: _Job, thing: Thing) -> None:
    """Make an object outside the schemas again, unless it is still there. Errors: TargetError that names it."""
    require_going(job.stop)
    assert thing.definition is not None
    try:
        with connection.transaction():
            connection.execute(thing.definition.encode())
    except (psycopg.errors.DuplicateObject, psycopg.errors.DuplicateTable):
        return
    except psycopg.Error as error:
        raise TargetError(
            f"{thing.name} depends on what is put back, and cannot be made again: {error.diag.message_primary}",
            "connect as a role that may make it; nothing was changed",
        ) from None
    if thing.comment is None:
        return
    kind = "CONSTRAINT" if thing.kind == "table constraint" else thing.kind.upper()
    comment = sql.SQL(f"COMMENT ON {kind} {thing.identity} IS ") + sql.Literal(thing.comment)
    try:
        with connection.transaction():
            connection.execute(comment)
    except psycopg.errors.InsufficientPrivilege:  # who may make a trigger on others' tables may not comment on it
        job.progress.warn(f"the comment on {thing.name} is lost: only its table's owner may write it")
