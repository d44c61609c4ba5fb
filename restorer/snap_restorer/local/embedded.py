"""The embedded Postgres: how it is started and stopped, and how to connect.

The server outlives the command. Over TCP it asks for the password; through the socket the folder's mode is the
protection. Commands connect as the databases' owner, who is no superuser. snap_restorer.local.folder knows the paths
and owners of the files.
"""

from __future__ import annotations

import contextlib
import os
import socket
import subprocess
import time
from collections.abc import Iterator, Mapping
from pathlib import Path

import psycopg
from psycopg import sql
from psycopg.conninfo import make_conninfo

from snap import durable
from snap.errors import ServiceError
from snap_restorer.local import account, roles
from snap_restorer.local.folder import PORTS, find_folder
from snap_restorer.local.server import HOST, Server
from snap_restorer.pg import programs
from snap_restorer.pg.server_errors import words

__all__ = ["Embedded", "Server"]

_SECONDS = 60  # to start, stop or recover
_TRIES = 5  # ports that Postgres could not bind
_LOG_BYTES = 10 << 20
_DEAD = 2**31 - 1  # no process has this id: Linux stops at 2**22, macOS at 99,999
_SETTINGS = """\
# Written by snap at every start.
listen_addresses = '127.0.0.1'
port = {port}
unix_socket_directories = {socket}
timezone = 'UTC'
log_timezone = 'UTC'
max_wal_size = '2GB'
# Without replicas, COPY into a table emptied in the same transaction needs no write-ahead log. fsync stays on.
wal_level = minimal
max_wal_senders = 0
"""


class Embedded:
    """The embedded server of a project and a major version of Postgres. Creating the object changes nothing.

    `home`, else $SNAP_DATA_DIR, names the server's folder. Otherwise the folder depends on `project`. If root starts
    the server, it runs as the owner of the folder `project`. Errors: ServiceError if there is no Postgres to start, or
    if root would work in a folder of another user.
    """

    def __init__(
        self,
        *,
        environment: Mapping[str, str] | None = None,
        home: Path | None = None,
        project: Path | None = None,
    ) -> None:
        self._environment = dict(os.environ if environment is None else environment)
        self._programs = programs.find_programs(self._environment)
        self._major, self.version = programs.version(self._programs)
        self.folder = find_folder(self._environment, home, project, self._major)
        self.folder.require_own()

    def start(self) -> Server:
        """Start the server unless it runs, creating its cluster the first time, and wait until it accepts connections.

        Errors: ServiceError with the end of the server's log.
        """
        server = self.status()
        if server is not None and self._settled():
            return server
        with self._locked():
            if not self.folder.data.exists():
                self._initialise()
            if not self._runs():
                self._bury_stale_pid()
                self._launch()
            server = self.status()
            if server is None:
                raise self._failed("the embedded Postgres started and ended at once")
            if not self._settled():
                self._settle(server)
            return server

    def stop(self) -> bool:
        """Stop the server, end open connections, and wait until the server is down. Return whether it ran."""
        if not self.folder.base.exists():
            return False
        with self._locked():
            return self._stop()

    def remove(self) -> bool:
        """Stop the server and delete its databases, passwords and log. Return whether there were any.

        The next start begins anew. Errors: ServiceError; a partly deleted cluster is not used again, and the next call
        deletes the rest.
        """
        if not self.folder.base.exists():
            return False
        with self._locked():
            self._stop()
            return self.folder.clear()

    def status(self) -> Server | None:
        """Return the server if it runs and accepts connections, else None."""
        state = self._state()
        if state is None or state[0] != "ready":
            return None
        _, port, folder = state
        return Server(
            version=self.version,
            port=port,
            socket=Path(folder) if folder else None,
            passfile=self.folder.passfile,
            data=self.folder.data,
            log=self.folder.log,
        )

    def running(self) -> Server:
        """Return the running server. Errors: ServiceError if it does not run."""
        server = self.status()
        if server is None:
            raise ServiceError("the embedded Postgres does not run", "run: snap db start")
        return server

    def url(self, database: str, *, superuser: bool = False, password: bool = False) -> str:
        """Return the URL of `database` on the running server. Errors: ServiceError if it does not run."""
        server = self.running()
        return (server.as_superuser() if superuser else server).url(database, password=password)

    def program(self, name: str) -> Path:
        """Return the path of a Postgres program (psql, pg_dump). Errors: ServiceError if it does not exist."""
        path = self._programs / name
        if not path.exists():
            raise ServiceError(
                f"{name} is not among the Postgres programs in {self._programs}",
                "set $SNAP_PG_BIN to the program folder of a complete installation",
            )
        return path

    def has_database(self, name: str) -> bool:
        """Return whether the running server has a database of that name. Errors: ServiceError."""
        try:
            with psycopg.connect(self.url("postgres", password=True), autocommit=True) as connection:
                return bool(
                    connection.execute(
                        "SELECT FROM pg_catalog.pg_database WHERE datname OPERATOR(pg_catalog.=) %s", [name]
                    ).rowcount
                )
        except psycopg.Error as error:
            raise self._failed(f"the embedded Postgres does not answer: {words(error).whole}") from None

    def ensure_database(self, name: str) -> bool:
        """Create database `name` on the running server unless it exists. Return whether the database was created."""
        try:
            if self.has_database(name):
                return False
            with psycopg.connect(self.url("postgres", password=True), autocommit=True) as connection:
                with contextlib.suppress(psycopg.errors.DuplicateDatabase, psycopg.errors.UniqueViolation):
                    connection.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name)))
                    return True
                return False
        except psycopg.Error as error:
            raise self._failed(
                f"database {name!r} cannot be created in the embedded Postgres: {words(error).whole}"
            ) from None

    def _stop(self) -> bool:
        if not self._runs():
            return False
        if self._control("stop", "-m", "fast").returncode != 0:
            raise self._failed("the embedded Postgres does not stop")
        return True

    def _initialise(self) -> None:
        new, password = self.folder.base / "data.new", self.folder.base / "password.new"
        durable.remove(new)
        user = self.folder.user()
        new.mkdir(mode=0o700)
        if os.geteuid() == 0:
            os.chown(new, *user, follow_symlinks=False)  # the parent folder is root's, so nobody else can replace it
        secret = roles.new_password()
        self._write_passfile({roles.SUPERUSER: secret})
        account.write(new, password, secret)
        locale = ["--locale-provider=builtin", "--builtin-locale=C.UTF-8"] if self._major >= 17 else []
        try:
            done = account.run(
                new,
                self._environment,
                [
                    *(self.program("initdb"), "-D", new, "-U", roles.SUPERUSER, f"--pwfile={password}"),
                    *("--encoding=UTF8", "--locale=C", *locale),
                    *("--auth-local=trust", "--auth-host=scram-sha-256"),
                ],
            )
        finally:
            password.unlink()
        if done.returncode != 0:
            durable.remove(new)
            raise ServiceError(
                f"initdb failed in {new}: {(done.stderr or done.stdout).strip()}",
                "free some space, or set $SNAP_DATA_DIR to another folder",
            )
        with os.fdopen(account.open_file(new, new / "postgresql.conf", os.O_WRONLY | os.O_APPEND), "w") as file:
            file.write("\ninclude_if_exists '../snap.conf'\n")
        new.rename(self.folder.data)

    def _launch(self) -> None:
        """Start the server. If another program holds its port, choose another port and remember it.

        If the previous server was killed, its backends hold its shared memory until they notice, so wait for them.
        """
        if self.folder.log.exists() and self.folder.log.stat().st_size > _LOG_BYTES:
            self.folder.log.rename(self.folder.log.with_suffix(".log.1"))
        if not self.folder.log.exists():
            account.write(self.folder.data, self.folder.log, "")
        refused: set[int] = set()
        deadline = time.monotonic() + _SECONDS
        while len(refused) < _TRIES:
            port = self._choose_port(refused)
            folder = self.folder.socket_folder()
            location = str(folder or "").replace("\\", "\\\\").replace("'", "''")
            settings = _SETTINGS.format(port=port, socket=f"'{location}'")
            account.write(self.folder.data, self.folder.base / "snap.conf", settings)
            before = self.folder.log.stat().st_size if self.folder.log.exists() else 0
            if self._control("start", "-l", self.folder.log).returncode == 0:
                durable.write(self.folder.port, f"{port}\n".encode(), mode=0o600)
                return
            said = b""
            with contextlib.suppress(OSError), self.folder.log.open("rb") as log:
                log.seek(before)
                said = log.read()
            if b"pre-existing shared memory block" in said and time.monotonic() < deadline:
                time.sleep(0.1)
            elif b"could not create any TCP/IP sockets" in said:  # another program has taken the port since the check
                refused.add(port)
            else:
                break
        raise self._failed("the embedded Postgres does not start")

    def _choose_port(self, refused: set[int]) -> int:
        """Return the remembered port if it is free, else another. Postgres could not bind the ports `refused`."""
        remembered: list[int] = []
        with contextlib.suppress(OSError, ValueError):
            remembered = [int(self.folder.port.read_text())]
        first = self.folder.first_port
        for port in (*remembered, *range(first, PORTS.stop), *range(PORTS.start, first), 0):
            with contextlib.suppress(OSError), socket.socket() as probe:
                probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
                if port not in refused:
                    probe.bind((HOST, port))
                    return int(probe.getsockname()[1])
        raise ServiceError(f"no TCP port is free on {HOST}", "end a program that listens there")

    def _state(self) -> tuple[str, int, str] | None:
        """Return state, port and socket folder from postmaster.pid, None if no server of this cluster runs."""
        try:
            lines = account.read(self.folder.data, self.folder.data / "postmaster.pid").split("\n")
            process, port = int(lines[0]), int(lines[3])
            os.kill(process, 0)
        except PermissionError:
            return None  # another user's process has this ID; it is not our server, which runs as this user
        except (OSError, ValueError, IndexError):
            return None
        if not self._is_ours(process):
            return None
        status = lines[7].strip() if len(lines) > 7 else "starting"
        return "ready" if status == "standby" else status, port, lines[4]

    def _is_ours(self, process: int) -> bool:
        """Return whether the process in postmaster.pid is this server, and not one that got its ID after a crash."""
        try:
            command = Path(f"/proc/{process}/cmdline").read_bytes()
        except OSError:
            command = subprocess.run(
                ["ps", "-ww", "-o", "command=", "-p", str(process)], check=False, capture_output=True
            ).stdout
        return os.fsencode(self.folder.data) in command

    def _bury_stale_pid(self) -> None:
        """Replace the process ID in postmaster.pid by one that no process has.

        Another process or a zombie may have the old ID now. The file itself stays: from its last lines Postgres finds
        out whether children of the dead server still run.
        """
        path = self.folder.data / "postmaster.pid"
        with contextlib.suppress(FileNotFoundError, durable.NotAFileError):
            _, _, rest = account.read(self.folder.data, path).partition("\n")
            account.write(self.folder.data, path, f"{_DEAD}\n{rest}")
        for left in (self.folder.base / "run").glob(".s.PGSQL.*"):
            left.unlink(missing_ok=True)

    def _runs(self) -> bool:
        """Wait until the server is no longer starting, recovering or stopping, and return whether it runs."""
        deadline = time.monotonic() + _SECONDS
        while (state := self._state()) is not None and state[0] != "ready":
            if time.monotonic() > deadline:
                raise self._failed(f"the embedded Postgres is still {state[0]} after {_SECONDS} s")
            time.sleep(0.05)
        return state is not None

    def _settled(self) -> bool:
        """Return whether the passfile names both roles. A file that was lost or written by an older snap does not."""
        return {roles.OWNER, roles.SUPERUSER} == roles.passwords(self.folder.passfile).keys()

    def _settle(self, server: Server) -> None:
        """Create missing roles and passwords as the superuser, through the socket, which asks for no password."""
        known = roles.passwords(self.folder.passfile)
        if server.socket is None and roles.SUPERUSER not in known:
            raise self._failed(f"{self.folder.passfile} is missing")
        where = {"host": HOST} if server.socket is None else {"host": str(server.socket)}
        conninfo = make_conninfo(
            "", **where, port=server.port, user=roles.SUPERUSER, password=known.get(roles.SUPERUSER)
        )
        try:
            self._write_passfile(roles.settle(conninfo, known))
        except psycopg.Error as error:
            raise self._failed(f"the roles of the embedded Postgres cannot be set up: {words(error).whole}") from None

    def _write_passfile(self, passwords: dict[str, str]) -> None:
        durable.write(self.folder.passfile, roles.passfile_text(passwords).encode(), mode=0o600)

    @contextlib.contextmanager
    def _locked(self) -> Iterator[None]:
        self._prepare()
        with contextlib.ExitStack() as stack:
            try:
                stack.enter_context(self.folder.locked(2 * _SECONDS))
            except TimeoutError:
                raise self._failed("another process is starting or stopping the embedded Postgres") from None
            yield

    def _prepare(self) -> None:
        """Create the server's folders. As root, make sure that the server's user can reach them and the programs."""
        self.folder.create()
        base, (user, group) = self.folder.base, self.folder.user()
        if os.geteuid() == 0:
            if not programs.reachable(base, user, group):
                raise ServiceError(
                    f"Postgres does not run as root, and user {user} cannot reach {base}",
                    "set $SNAP_DATA_DIR to a folder that other users may enter, such as /var/lib/snap",
                )
            self._programs = programs.within_reach(self._programs, self.folder.home, user, group)
        elif user != os.geteuid():
            raise ServiceError(
                f"{base} belongs to another user",
                "set $SNAP_DATA_DIR to another folder, or run this as that user",
            )

    def _control(self, action: str, *options: str | Path) -> subprocess.CompletedProcess[str]:
        return account.run(
            self.folder.data,
            self._environment,
            [self.program("pg_ctl"), action, "-D", self.folder.data, "-w", "-t", str(_SECONDS), *options],
        )

    def _failed(self, message: str) -> ServiceError:
        tail = ""
        with contextlib.suppress(OSError):
            tail = "\n".join(self.folder.log.read_text(errors="replace").splitlines()[-5:])
        return ServiceError(f"{message}\n{tail}".strip(), f"read {self.folder.log}")
