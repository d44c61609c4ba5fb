"""A data folder of Postgres for an image: filled with a snapshot, proved, and without a password."""

from __future__ import annotations

import os
import re
import shutil
import stat
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import psycopg
from psycopg import sql

from snap import durable, scratch
from snap.errors import ServiceError, UsageError
from snap.progress import Progress
from snap.store import Snapshot
from snap_restorer.image.server import Postgres, SeedServer
from snap_restorer.local import roles
from snap_restorer.local.superuser import prepared
from snap_restorer.pg.server_errors import words
from snap_restorer.pg.target import Target
from snap_restorer.request import Request
from snap_restorer.restoring import restore

_NAME = re.compile(r"[A-Za-z0-9_][A-Za-z0-9._-]{0,62}")  # Postgres keeps 63 bytes; needs no quotes in any file
_TAKEN = frozenset({"postgres", "template0", "template1"})
_HBA = """\
# Over the network every role needs a password, and no role has one before the container starts. Inside the container,
# the operating system's user postgres may connect as the superuser without a password, because it owns these files.
local all postgres peer
local all all scram-sha-256
host all all all scram-sha-256
"""
_CONF = """
# Written by snap image.
listen_addresses = '*'
timezone = 'UTC'
log_timezone = 'UTC'
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class DataFolder:
    """The contents of a data folder: a database, its owner, and the Postgres that made it."""

    database: str
    owner: str
    major: int
    version: str
    rows: int


def require_name(database: str) -> str:
    """Return the name of an image's database, checked. Errors: UsageError."""
    if not _NAME.fullmatch(database) or database in _TAKEN:
        raise UsageError(
            f"{database!r} cannot be the database of an image",
            "choose a name of at most 63 letters, digits, '.', '_' and '-' that is not one of Postgres' own databases",
        )
    return database


def make_data_folder(
    snapshot: Snapshot,
    folder: Path,
    database: str,
    *,
    environment: Mapping[str, str],
    trust_code: bool = False,
    progress: Progress | None = None,
) -> DataFolder:
    """Create the data folder `folder`, with the snapshot in `database` and every table proved.

    The folder must not exist yet. It belongs to this process' user. Errors: as of a restore; UsageError; ServiceError.
    """
    require_name(database)
    postgres = Postgres.find(environment)
    with scratch.folder() as work:
        if os.geteuid() == 0:
            work.chmod(0o755)
        with postgres.within(work).serving(work) as server:
            rows = _fill(server, snapshot, database, trust_code=trust_code, progress=progress)
        made = work / "data"
        take(made)
        durable.write(made / "pg_hba.conf", _HBA.encode(), mode=0o600)
        settings = durable.read(made / "postgresql.conf") + _CONF.encode()
        durable.write(made / "postgresql.conf", settings, mode=0o600)
        (made / "postmaster.opts").unlink(missing_ok=True)  # names folders of this machine; each start writes it again
        with durable.explained(folder):
            shutil.move(made, folder)  # a rename, on one file system
    return DataFolder(database=database, owner=roles.OWNER, major=postgres.major, version=postgres.version, rows=rows)


def take(folder: Path) -> None:
    """Make root the owner of all files that the server's user has written.

    Errors: ServiceError for files of other kinds.

    That user may have put links there, and root is about to write. So root first takes the folder, then looks through
    it.
    """
    if os.geteuid() != 0:
        return
    os.chown(folder, 0, 0, follow_symlinks=False)
    for path in folder.rglob("*"):
        status = path.lstat()
        if not stat.S_ISDIR(status.st_mode) and not (stat.S_ISREG(status.st_mode) and status.st_nlink == 1):
            raise ServiceError(f"{path} is a link, but a server creates no links there", "find out who created it")
        os.chown(path, 0, 0, follow_symlinks=False)


def _fill(server: SeedServer, snapshot: Snapshot, database: str, *, trust_code: bool, progress: Progress | None) -> int:
    """Restore the snapshot into a new database that belongs to the owner, and return the number of its rows."""
    owner = sql.Identifier(roles.OWNER)
    admin = server.conninfo("postgres")
    request = Request(verify="full", trust_code=trust_code)
    try:
        with roles.connect(admin, "postgres") as connection:
            connection.execute(sql.SQL("CREATE ROLE {} LOGIN CREATEDB").format(owner))
            connection.execute(sql.SQL("CREATE DATABASE {} OWNER {}").format(sql.Identifier(database), owner))
        target = Target(server.conninfo(database, roles.OWNER), server.conninfo(database))
        with prepared(target, snapshot.manifest, request) as able:
            restored = restore(snapshot, able, request, progress=progress)
        with roles.connect(admin, database) as connection:
            # Otherwise the first readers would write hint bits into each page, which copies the image's files.
            connection.execute("VACUUM (FREEZE)")
            connection.execute("CHECKPOINT")
    except psycopg.Error as error:
        raise ServiceError(f"the data folder cannot be filled: {words(error).whole}", "run this again") from None
    return sum(table.rows for table in restored.tables)
