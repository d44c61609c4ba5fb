"""Run a real PgBouncer in transaction mode in front of a server."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

import psycopg
import pytest

from tests.torture.arena import OWNER, SECRET

PROGRAM = shutil.which("pgbouncer", path=os.environ.get("PATH", "") + ":/usr/sbin:/usr/local/sbin:/opt/homebrew/bin")
needs_pgbouncer = pytest.mark.skipif(PROGRAM is None, reason="there is no pgbouncer on this machine")
_ADMIN, _ADMIN_PASSWORD = "chief", "chief's own"
_SETTINGS = """\
[databases]
* = host=127.0.0.1 port={server}
[pgbouncer]
listen_addr = 127.0.0.1
listen_port = {port}
unix_socket_dir =
pool_mode = transaction
auth_type = scram-sha-256
auth_file = {folder}/users
admin_users = {admin}
logfile = {folder}/log
pidfile = {folder}/pid
ignore_startup_parameters = extra_float_digits
{more}
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Bouncer:
    """A running pooler."""

    port: int
    process: subprocess.Popen[bytes]

    def command(self, statement: str) -> None:
        """Run a command of the admin console, such as KILL."""
        url = f"postgresql://{_ADMIN}:{quote(_ADMIN_PASSWORD)}@127.0.0.1:{self.port}/pgbouncer"
        with psycopg.connect(url, autocommit=True) as console:
            console.pgconn.exec_(statement.encode())


@contextmanager
def pgbouncer(server: int, more: str = "") -> Iterator[Bouncer]:
    """Run a pooler for the server at this port, with additional lines of settings."""
    assert PROGRAM is not None
    folder = Path(tempfile.mkdtemp(prefix="snap-bouncer-"))
    folder.chmod(0o755)
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port = probe.getsockname()[1]
    users = "".join(f'"{user}" "{word}"\n' for user, word in ((OWNER, SECRET), (_ADMIN, _ADMIN_PASSWORD)))
    (folder / "users").write_text(users)
    settings = folder / "pgbouncer.ini"
    settings.write_text(_SETTINGS.format(server=server, port=port, folder=folder, admin=_ADMIN, more=more))
    user = {}
    if os.geteuid() == 0:  # PgBouncer refuses to run as root
        user = {"user": 65534, "group": 65534, "extra_groups": []}
        os.chown(folder, 65534, 65534)
    process = subprocess.Popen([PROGRAM, "-q", settings], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, **user)
    try:
        _wait(port, process, folder)
        yield Bouncer(port=port, process=process)
    finally:
        process.kill()
        process.wait()
        shutil.rmtree(folder)


def _wait(port: int, process: subprocess.Popen[bytes], folder: Path) -> None:
    deadline = time.monotonic() + 20
    while process.poll() is None and time.monotonic() < deadline:
        with suppress(OSError), socket.create_connection(("127.0.0.1", port)):
            return
        time.sleep(0.02)
    raise AssertionError((folder / "log").read_text() if (folder / "log").exists() else "pgbouncer does not start")
