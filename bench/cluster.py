"""Run a temporary Postgres with a stock postgresql.conf, as a real server has: wal_level replica, fsync on.

Only the socket and the log are configured. snap's embedded server (`snap db`) writes less WAL, so snap would look
faster on it.
"""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import quote

import psycopg
from psycopg import sql

from snap_restorer.local import account
from snap_restorer.pg import programs

ADMIN = "postgres"
_PORT = 5432  # of a socket in our own folder, where no other server can use it


@dataclass(frozen=True, slots=True, kw_only=True)
class Cluster:
    """A running server. `client` is the folder of the client programs, which any user may run."""

    base: Path
    client: Path
    version: str

    def url(self, database: str, role: str = ADMIN) -> str:
        return f"postgresql://{role}@/{quote(database, safe='')}?host={self.base / 'run'}&port={_PORT}"

    def program(self, name: str) -> str:
        return str(self.client / name)

    def run(self, database: str, *statements: str | sql.Composable, role: str = ADMIN) -> list[tuple[Any, ...]]:
        """Run statements, each in its own transaction, and return the rows of the last one."""
        rows: list[tuple[Any, ...]] = []
        with psycopg.connect(self.url(database, role), autocommit=True) as connection:
            for statement in statements:
                text = statement.as_string(connection) if isinstance(statement, sql.Composable) else statement
                cursor = connection.execute(text.encode())
                while cursor.nextset():
                    pass
                rows = cursor.fetchall() if cursor.description else []
        return rows


@contextmanager
def cluster(base: Path, *, jsonlog: bool = False) -> Iterator[Cluster]:
    """Create a cluster in the new folder `base`, run it for the block, and remove it. `jsonlog`: for phases.py."""
    environment = dict(os.environ)
    client = programs.find_programs(environment)
    base.mkdir(parents=True)
    account.give(base, base)  # to an unprivileged user: Postgres refuses to run as root
    base.chmod(0o755)
    user, group = account.owner(base)
    server = programs.within_reach(client, base.parent, user, group) if os.geteuid() == 0 else client
    for folder in ("run", "log"):
        (base / folder).mkdir()
        account.give(base / folder, base)

    def control(action: str, *options: str | Path) -> subprocess.CompletedProcess[str]:
        command = [server / "pg_ctl", action, "-D", base / "data", "-w", "-t", "60", *options]
        return account.run(base, environment, command)

    initdb: list[str | Path] = [server / "initdb", "-D", base / "data", "-U", ADMIN]
    _check(account.run(base, environment, [*initdb, "--auth=trust", "--encoding=UTF8", "--locale=C.UTF-8"]))
    options = f"-k {base / 'run'} -p {_PORT} -c listen_addresses="
    if jsonlog:
        options += f" -c logging_collector=on -c log_destination=jsonlog -c log_directory={base / 'log'}"
    _check(control("start", "-l", base / "server.log", "-o", options))
    try:
        yield Cluster(base=base, client=client, version=programs.version(client)[1])
    finally:
        control("stop", "-m", "immediate")
        shutil.rmtree(base, ignore_errors=True)


def _check(done: subprocess.CompletedProcess[str]) -> None:
    if done.returncode:
        raise SystemExit(f"{done.args[0]} failed:\n{done.stdout}{done.stderr}")
