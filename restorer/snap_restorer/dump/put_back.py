"""Restore some schemas of a database to the contents of a dump, in one transaction, and prove them before the commit.

    look      extensions, and outside objects that depend on the schemas: refusals happen here
    drop      the objects in the schemas, not the schemas themselves: their owner, grants and default privileges stay
    create    pg_restore's statements before the data, its COPY, its statements after
    settle    dependent objects outside, owners and privileges, default privileges, materialised views, ANALYZE
    prove     the same objects and the same rows as when the dump was made
    commit

Statements come from pg_restore as text and run in one session. A run that is killed leaves the database as it was.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Protocol

from psycopg import sql

from snap.errors import CheckError, TargetError, UsageError
from snap.progress import Progress, Silent, phase
from snap.units import bullets
from snap_restorer.dump import inventory
from snap_restorer.dump.archive import ArchiveReader
from snap_restorer.dump.backup_code import require_trusted_sql
from snap_restorer.dump.inventory import Inventory
from snap_restorer.dump.recreate import Recreation
from snap_restorer.dump.regrant import settle_defaults, settle_rights
from snap_restorer.pg import locks, programs, schema_objects, session_settings, transaction, user_code
from snap_restorer.pg.catalog import query
from snap_restorer.pg.clients import private_environment
from snap_restorer.pg.guard import NO_GUARD, Guard
from snap_restorer.pg.interrupt import interruptible, require_going
from snap_restorer.pg.schema_objects import SchemaObject
from snap_restorer.pg.target import Connection, Target

_UNLINK = (
    "SELECT pg_catalog.lo_unlink(m.oid) FROM pg_catalog.pg_largeobject_metadata m "
    "WHERE pg_catalog.pg_has_role(m.lomowner, 'USAGE')"
)


class Archive(Protocol):
    """A backup to restore: the archive that pg_dump wrote, and the inventory that was recorded with it."""

    @property
    def inventory(self) -> Inventory:
        """Return the recorded inventory of the schemas."""

    @property
    def client(self) -> int:
        """Return the major version of the pg_dump that wrote the archive."""

    def pieces(self) -> Iterator[bytes]:
        """Return the bytes that pg_dump wrote, each time from the start."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PutBackRequest:
    """The part of a backup to restore: `schemas`, by default all that were dumped.

    With `lose`, dependent objects outside the schemas that the backup does not hold are dropped. `trust_code`: code of
    the backup may run with a superuser's rights. `environment` is the environment of pg_restore, by default this
    process' own.
    """

    schemas: tuple[str, ...] = ()
    lose: bool = False
    guard: Guard = NO_GUARD
    lock_timeout_s: float = 10
    trust_code: bool = False
    environment: Mapping[str, str] | None = None


_WHOLE = PutBackRequest()


@dataclass(frozen=True, slots=True, kw_only=True)
class PutBack:
    """The result of a restored backup.

    `tables` are the numbers of rows by table. `lost` are the objects outside the schemas that were dropped and that the
    backup does not hold.
    """

    db: str
    schemas: tuple[str, ...]
    tables: Mapping[str, int]
    lost: tuple[str, ...]
    seconds: float


def put_back(
    target: Target,
    archive: Archive,
    request: PutBackRequest = _WHOLE,
    *,
    progress: Progress | None = None,
    stop: threading.Event | None = None,
) -> PutBack:
    """Restore the schemas to exactly the contents of `archive`.

    Outside objects that depended on the schemas when the dump was made are created again. Outside objects that have
    come since are refused by name, unless `request.lose` is set. Columns and rows outside the schemas are never
    dropped. Errors: TargetError, CheckError if the proof fails, ServiceError, Interrupted once `stop` is set. After
    each error the database is unchanged.
    """
    stop, progress = stop or threading.Event(), progress or Silent()
    environment = private_environment(request.environment)
    started = time.perf_counter()
    chosen = _chosen(archive.inventory, request.schemas)
    wanted = inventory.limited(archive.inventory, chosen)
    whole = len(chosen) == len(archive.inventory.schemas)
    with target.connect() as connection, interruptible(connection, stop):
        client = max(connection.info.server_version // 10000, archive.client)
        folder = programs.clients(environment, client)
        reader = ArchiveReader(folder=folder, feed=archive.pieces, environment=environment, stop=stop)
        before = transaction.begin(connection, request.lock_timeout_s)
        request.guard.admit(connection, target)
        transaction.exclude_others(connection, request.lock_timeout_s)
        with phase(progress, "read the backup"):
            contents = reader.contents()
        recreation = Recreation(
            connection=connection,
            inventory=archive.inventory,
            reader=reader,
            contents=contents if whole else replace(contents, schemas=chosen),
            schemas=chosen,
            trust_code=request.trust_code,
            progress=progress,
            stop=stop,
        )
        objects = schema_objects.schema_objects(connection, chosen)
        lost = _refuse(archive.inventory, objects, lose=request.lose)
        _require_locks(connection, chosen, created=contents.locks if whole else None)
        for name in lost:
            progress.warn(f"{name} depends on the restored schemas and is not in the backup, so it is dropped")
        require_going(stop)
        schema_objects.drop(connection, objects)
        if whole and archive.inventory.large_objects:
            connection.execute(_UNLINK)
        recreation.create()
        recreation.create_outside()
        transaction.apply_settings(connection, request.lock_timeout_s)
        settle_rights(connection, archive.inventory, chosen, progress, large_objects=whole)
        settle_defaults(connection, archive.inventory, chosen, progress)
        with phase(progress, "refresh views"):
            recreation.fill_views()
        with phase(progress, "verify"):
            _prove(connection, wanted, chosen)
        session_settings.reset_to(connection, before)
        require_going(stop)
        with phase(progress, "commit"):
            target.commit(connection)
    tables = {label: row[0] for label, row in wanted.rows.items()}
    return PutBack(db=target.redacted, schemas=chosen, tables=tables, lost=lost, seconds=time.perf_counter() - started)


def require_able(
    target: Target, archive: Archive, request: PutBackRequest = _WHOLE, *, stop: threading.Event | None = None
) -> None:
    """Refuse a fresh backup of `target` if this session could not restore it because of code that the backup holds.

    Errors: TargetError that names the code; ServiceError; Interrupted.
    """
    if request.trust_code:
        return
    stop, environment = stop or threading.Event(), private_environment(request.environment)
    with target.connect() as connection, interruptible(connection, stop):
        transaction.begin_reading(connection, request.lock_timeout_s)
        if not user_code.may_be_superuser(connection):
            return
        folder = programs.clients(environment, max(connection.info.server_version // 10000, archive.client))
        reader = ArchiveReader(folder=folder, feed=archive.pieces, environment=environment, stop=stop)
        contents = reader.contents()
        texts = [reader.sql(contents, section) for section in ("pre-data", "post-data")]
        require_trusted_sql(connection, archive.inventory, archive.inventory.schemas, texts, trust_code=False)


def _chosen(recorded: Inventory, schemas: Sequence[str]) -> tuple[str, ...]:
    missing = [name for name in schemas if name not in recorded.schemas]
    if missing:
        raise UsageError(
            f"the backup does not hold schema {', '.join(missing)}", f"it holds: {', '.join(recorded.schemas)}"
        )
    return tuple(name for name in recorded.schemas if not schemas or name in schemas)


def _refuse(recorded: Inventory, objects: Iterable[SchemaObject], *, lose: bool) -> tuple[str, ...]:
    """Raise TargetError, before any change, if something would be lost for good.

    Return the objects that may be lost.
    """
    known = {item.name: item for item in recorded.outside}
    outside = [item for item in objects if item.outside]
    never = [
        item.name
        for item in outside
        if item.holds or (item.name in known and not (known[item.name].definition and item.able))
    ]
    if never:
        raise TargetError(
            "these objects depend on the schemas to be restored, and could not be created again:\n" + bullets(never),
            "drop them, or make them independent of the schemas, then run this again",
            unchanged=True,
        )
    new = [item.name for item in outside if item.name not in known]
    if new and not lose:
        raise TargetError(
            "these objects depend on the schemas to be restored, and are not in the backup:\n" + bullets(new),
            "drop them first",
            option="lose",
            unchanged=True,
        )
    return tuple(new)


def _require_locks(connection: Connection, schemas: Sequence[str], *, created: int | None) -> None:
    """Raise TargetError if the server has no room for the locks on the dropped and the created objects.

    `created` is the number of locks for the archive's objects. If it is None, the number for the present objects is
    used.
    """
    counted = locks.count(connection, schemas=schemas)
    created = counted.relations + counted.created if created is None else created
    needed = counted.relations + counted.dropped + created
    locks.require_room(connection, counted, needed, "restoring this backup")


def _prove(connection: Connection, wanted: Inventory, schemas: Sequence[str]) -> None:
    for schema, name, _ in connection.execute(query("dump_tables"), {"schemas": list(schemas)}).fetchall():
        connection.execute(sql.SQL("ANALYZE {}").format(sql.Identifier(schema, name)))
    names = schema_objects.names_by_schema(schema_objects.schema_objects(connection, schemas))
    rows = inventory.rows(connection, schemas, lift=_restricted(connection))
    lines = inventory.differences(wanted, names, rows)
    if lines:
        raise CheckError(
            "the restored objects or rows differ from the backup:\n" + bullets(lines),
            "use another backup; to list them, run: snap backup list",
            unchanged=True,
        )


def _restricted(connection: Connection) -> bool:
    ((bypasses,),) = connection.execute(
        "SELECT rolsuper OR rolbypassrls FROM pg_catalog.pg_roles WHERE rolname = CURRENT_USER"
    )
    return not bypasses
