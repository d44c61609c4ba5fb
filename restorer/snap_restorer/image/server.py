"""A private Postgres that only this process reaches, running while a data folder is filled.

It listens on a socket in a private folder and on no port. initdb gets no password, so no role has one, and no page or
log of the folder ever held one.
"""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

from psycopg.conninfo import make_conninfo

from snap.errors import ServiceError
from snap_restorer.local import account, roles
from snap_restorer.pg import programs

_SECONDS = 120  # to start or stop
_SOCKET_BYTES = 90  # the most bytes of the folder's path; see snap_restorer.local.folder
_PORT = 5432  # no TCP port: it only names the socket file
_SETTINGS = (
    "listen_addresses=",
    f"port={_PORT}",
    "timezone=UTC",
    "wal_level=minimal",  # COPY into a table of the same transaction writes no log
    "max_wal_senders=0",
    "max_wal_size=128MB",  # the write-ahead log that is kept would be in the image
    "fsync=off",  # a half-filled folder is discarded
    "autovacuum=off",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class SeedServer:
    """A running Postgres that fills a data folder.

    `socket` is the folder of its socket, `folder` is its data folder.
    """

    folder: Path
    socket: Path

    def conninfo(self, database: str, user: str = roles.SUPERUSER) -> str:
        """Return the conninfo of one of the server's databases."""
        return make_conninfo("", host=str(self.socket), port=_PORT, user=user, dbname=database)


@dataclass(frozen=True, slots=True)
class Postgres:
    """The programs of a Postgres installation, and the installation's version."""

    folder: Path
    environment: Mapping[str, str]
    major: int
    version: str

    @classmethod
    def find(cls, environment: Mapping[str, str]) -> Postgres:
        """Return the Postgres that the embedded server also uses. Errors: ServiceError."""
        folder = programs.find_programs(environment)
        return cls(folder, environment, *programs.version(folder))

    def within(self, work: Path) -> Postgres:
        """Return programs that the server's user can run: these, or a copy of them in `work`. Errors: ServiceError."""
        if os.geteuid() != 0:
            return self
        user, group = account.nobody()
        if not programs.reachable(work, user, group):
            raise ServiceError(
                f"Postgres does not run as root, and user {user} cannot reach {work}",
                "set $TMPDIR to a folder that other users may enter, such as /tmp",
            )
        return replace(self, folder=programs.within_reach(self.folder, work, user, group))

    @contextmanager
    def serving(self, work: Path) -> Iterator[SeedServer]:
        """Create a data folder in `work`, and run its server until the block ends. Errors: ServiceError."""
        server = SeedServer(folder=work / "data", socket=work / "run")
        if len(os.fsencode(server.socket)) > _SOCKET_BYTES:
            raise ServiceError(
                f"the path {work} is too long for a socket", "set $TMPDIR to a folder with a shorter path, such as /tmp"
            )
        for folder in (server.folder, server.socket):
            folder.mkdir(mode=0o700)
            if os.geteuid() == 0:
                os.chown(folder, *account.nobody())
        locale = ["--locale-provider=builtin", "--builtin-locale=C.UTF-8"] if self.major >= 17 else []
        self._run(
            *(server.folder, "initdb", "-D", server.folder, "-U", roles.SUPERUSER, "--encoding=UTF8", "--locale=C"),
            *(*locale, "--auth-local=trust", "--auth-host=reject", "--no-sync"),
        )
        options = " ".join(f"-c {setting}" for setting in (*_SETTINGS, f"unix_socket_directories={server.socket}"))
        control = ("pg_ctl", "-D", server.folder, "-w", "-t", str(_SECONDS))
        log = server.socket / "log"
        self._run(server.folder, *control, "-l", log, "-o", options, "start", log=log)
        try:
            yield server
        except BaseException:
            self._run(server.folder, *control, "-m", "immediate", "stop")
            raise
        self._run(server.folder, *control, "-m", "fast", "stop")
        self._run(server.folder, "pg_resetwal", "-D", server.folder)  # removes the load's WAL

    def _run(self, folder: Path, program: str, *arguments: str | Path, log: Path | None = None) -> None:
        """Run one of the programs as the server's user. Errors: ServiceError with its output and the end of its log."""
        done = account.run(folder, self.environment, [self.folder / program, *arguments])
        if done.returncode != 0:
            said = (done.stderr or done.stdout).strip()
            with contextlib.suppress(OSError):
                said += "" if log is None else "\n" + "\n".join(account.read(folder, log).splitlines()[-5:])
            raise ServiceError(f"{program} failed: {said}", "free some space, or set $TMPDIR to another folder")
