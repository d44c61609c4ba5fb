"""A dump of some schemas, streamed in pg_dump's uncompressed custom format, and an inventory of the schemas' contents.

Dump and inventory are read under one snapshot, which one session exports. Other schemas, extensions and objects that
belong to no schema (publications, event triggers) are not part of the dump. snap_restorer.dump.inventory records those
of them that depend on the dumped schemas.
"""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from fnmatch import fnmatchcase
from pathlib import Path

import psycopg

from snap.errors import ServiceError, SnapError, TargetError
from snap_restorer.dump.backup_code import require_trusted_rows
from snap_restorer.dump.inventory import Inventory, take_inventory
from snap_restorer.pg import ledger, locks, mark, programs, transaction
from snap_restorer.pg.archive_entries import pattern
from snap_restorer.pg.catalog import query
from snap_restorer.pg.clients import ClientProgram, lock_held, private_environment, running
from snap_restorer.pg.identity import identify
from snap_restorer.pg.interrupt import interruptible
from snap_restorer.pg.pool_mode import require_session
from snap_restorer.pg.schema_objects import LEDGER, hosted
from snap_restorer.pg.server_errors import LockHeldError
from snap_restorer.pg.target import Connection, Target

_ROW_SECURITY = "row-level security"
_BYPASS = "back up as a role with BYPASSRLS (ALTER ROLE ... BYPASSRLS), or end FORCE ROW LEVEL SECURITY on that table"
_ERRORS = ("error: ", "query would", "detail: Error message from server: ", "DETAIL:")  # with the server's own


@dataclass(frozen=True, slots=True, kw_only=True)
class DumpRequest:
    """The schemas to dump: those that `schemas` names, or else all of this role's own, without those in `exclude`.

    `schemas` and `exclude` hold exact names or patterns with * and ?. `trust_code`: code of the database may run with a
    superuser's rights, now and when the backup is restored. `environment` is the environment of pg_dump, by default
    this process' own.
    """

    schemas: tuple[str, ...] = ()
    exclude: tuple[str, ...] = ()
    lock_timeout_s: float = 10
    trust_code: bool = False
    environment: Mapping[str, str] | None = None


_OWN = DumpRequest()


@dataclass(frozen=True, slots=True, kw_only=True)
class Dump:
    """A dump in progress. `server` is the server's version number, such as 180006.

    `client` is pg_dump's major version. `version` is the snapshot's version in the ledger. `identity` tells the
    database from others, see snap_restorer.pg.identity.
    """

    program: ClientProgram
    inventory: Inventory
    db: str
    identity: str | None
    server: int
    client: int
    version: str | None
    digest: str | None
    left: tuple[str, ...]

    def pieces(self) -> Iterator[bytes]:
        """Yield the archive's bytes. The dump is complete only if the block of `dumping` ends without an error."""
        return self.program.pieces()


@contextlib.contextmanager
def dumping(target: Target, request: DumpRequest = _OWN, *, stop: threading.Event | None = None) -> Iterator[Dump]:
    """Dump the schemas that `request` names, and the ledger. `target` is the server, or a pooler in session mode.

    Errors: TargetError for tables that the role may not read or that row security would hide from it, for a lock that
    is held, and for code of other roles that a superuser would run; ServiceError; Interrupted once `stop` is set.
    """
    env, stop = private_environment(request.environment), stop or threading.Event()
    with target.connect() as connection, interruptible(connection, stop):
        require_session(connection, target, "pg_dump cannot work")
        chosen = choose(connection, request.schemas, request.exclude)
        folder = programs.clients(env, connection.info.server_version // 10000, oldest=True)
        connection.rollback()
        snapshot = _begin(connection, request.lock_timeout_s)
        counted = locks.count(connection, schemas=chosen)
        locks.require_room(connection, counted, counted.recreated, "restoring a backup of these schemas")
        require_trusted_rows(connection, chosen, trust_code=request.trust_code)
        try:
            inventory = take_inventory(connection, chosen)
        except psycopg.errors.InsufficientPrivilege as error:
            if _ROW_SECURITY in str(error):
                raise _failed(target, target.scrub(str(error))) from None
            raise
        entry = ledger.read_entry(connection) if LEDGER in chosen else None
        left: tuple[str, ...] = ()
        if not all(item.ours for item in inventory.large_objects):  # pg_dump takes all large objects or none
            left = ("large objects, because other roles own some of them",)
            inventory = replace(inventory, large_objects=())
        client = programs.version(folder, "pg_dump")[0]
        command: list[str | Path] = [folder / "pg_dump", *_options(chosen, snapshot, request.lock_timeout_s)]
        configuration = connection.execute(query("dump_configuration"), {"schemas": list(chosen)})
        command += [f"--exclude-table-data={pattern(*name)}" for name in configuration]
        command.append("--blobs" if inventory.large_objects else "--no-blobs")
        with running(command, environment=env, stop=stop, target=target) as program:
            yield Dump(
                program=program,
                inventory=inventory,
                db=target.redacted,
                identity=identify(connection),
                server=connection.info.server_version,
                client=client,
                version=entry.version if entry else None,
                digest=entry.digest if entry else None,
                left=left,
            )
        if program.code != 0:
            raise _failed(target, program.said)


def schemas_of(target: Target, schemas: Sequence[str] = (), exclude: Sequence[str] = ()) -> tuple[str, ...]:
    """Return the names of the schemas that a dump would contain. Errors: TargetError, ServiceError."""
    with target.connect() as connection:
        return choose(connection, schemas, exclude)


def existing_schemas(target: Target) -> tuple[str, ...]:
    """Return the names of all schemas that a dump could contain, whoever owns them.

    Errors: TargetError, ServiceError.
    """
    with target.connect() as connection:
        return tuple(name for name, _ in connection.execute(query("dump_schemas")).fetchall())


def choose(connection: Connection, schemas: Sequence[str], exclude: Sequence[str]) -> tuple[str, ...]:
    """Return the names of the schemas to dump: those that match `schemas`, or else this role's own, without `exclude`.

    Errors: TargetError if an entry of `schemas` matches no schema, or if no schema is left to dump.
    """
    owned = dict(connection.execute(query("dump_schemas")).fetchall())
    if schemas:
        missing = [pattern for pattern in schemas if not any(fnmatchcase(name, pattern) for name in owned)]
        if missing:
            raise TargetError(
                f"there is no schema {', '.join(missing)} to back up", f"the database has: {', '.join(owned)}"
            )
        chosen = {name for name in owned if name == LEDGER or _matches(name, schemas)}
    else:
        chosen = {name for name, own in owned.items() if own} - hosted(connection, owned)
    chosen = {name for name in chosen if not _matches(name, exclude)}
    if not chosen:
        raise TargetError(
            "there is no schema to back up", f"name schemas to back up; the database has: {', '.join(owned)}"
        )
    return tuple(name for name in owned if name in chosen)


def _matches(name: str, patterns: Sequence[str]) -> bool:
    return any(fnmatchcase(name, pattern) for pattern in patterns)


def _begin(connection: Connection, lock_timeout_s: float) -> str:
    connection.read_only = True
    transaction.begin_reading(connection, lock_timeout_s)
    ((snapshot,),) = connection.execute("SELECT pg_catalog.pg_export_snapshot()")
    return str(snapshot)


def _options(schemas: Sequence[str], snapshot: str, lock_timeout_s: float) -> Iterator[str]:
    yield from ("--format=custom", "--compress=0", "--encoding=UTF8", f"--snapshot={snapshot}")
    yield f"--lock-wait-timeout={transaction.milliseconds(lock_timeout_s)}"
    for name in ("night", mark.TABLE):
        yield f"--exclude-table={pattern(LEDGER, name)}"
    for name in schemas:
        yield f"--schema={pattern(name)}"


def _failed(target: Target, said: str) -> SnapError:
    """Return why pg_dump failed, taken from its last error. Pure."""
    lines = [line.removeprefix("pg_dump: ").strip() for line in said.splitlines() if line.strip()]
    errors = [line.removeprefix("error: ") for line in lines if line.startswith(_ERRORS)] or lines
    texts = [text.removeprefix("detail: Error message from server: ") for text in errors]
    text = f"{target.redacted} cannot be backed up: {'; '.join(texts) or 'pg_dump ended without a message'}"
    if _ROW_SECURITY in said:
        return TargetError(text, _BYPASS, unchanged=True)
    if "permission denied" in said or "must be owner" in said:
        return TargetError(
            text, "grant the privilege that the message names, or leave out that schema with exclude in [backup]"
        )
    if lock_held(said):
        return LockHeldError(f"lock held: {text}", "end that session, or try again later")
    server = next((line.removeprefix("HINT:").strip() for line in lines if line.startswith("HINT:")), "")
    lost = "check that the server is running, and that a connection pooler in front of it has free sessions"
    return ServiceError(text, server or (lost if "connection" in said else ""), unchanged=True)
