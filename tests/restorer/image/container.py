"""Run an image of a snapshot as a container would: its entrypoint and data folder, as the base image's user.

No container runtime is needed. The Postgres is this machine's, and a script replaces the base image's own entrypoint,
which starts `postgres` if its arguments are flags or missing.
"""

from __future__ import annotations

import os
import pwd
import shutil
import signal
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import psycopg

from snap_restorer.local import account
from snap_restorer.pg.programs import find_programs, within_reach

BASE = '#!/bin/sh\ncase "$1" in -*) set -- postgres "$@" ;; esac\nexec "$@"\n'


@dataclass(frozen=True)
class Container:
    """A copy of an image's files in `folder`. If root runs the tests, another user owns the data folder."""

    folder: Path
    programs: Path
    port: int
    user: tuple[int, int] | None
    given: dict[str, str] = field(default_factory=dict)

    @property
    def data(self) -> Path:
        return self.folder / "data"

    def url(self, user: str, password: str, database: str) -> str:
        return f"postgresql://{user}:{password}@127.0.0.1:{self.port}/{database}"

    def run(self, *command: str, **variables: str) -> subprocess.CompletedProcess[str]:
        """Run the entrypoint until it ends."""
        return subprocess.run(
            **self._options(command, variables), capture_output=True, text=True, check=False, timeout=60
        )

    @contextmanager
    def running(self, *command: str, **variables: str) -> Iterator[Path]:
        """Run the entrypoint while the block runs, which begins once the server accepts connections.

        Yield the file of the entrypoint's output.
        """
        log = self.folder / "output"
        with log.open("w") as output:
            process = subprocess.Popen(**self._options(command, variables), stdout=output, stderr=output)
            try:
                self._wait(process, log)
                yield log
            finally:
                process.send_signal(signal.SIGINT)  # the base image's STOPSIGNAL
                assert process.wait(60) == 0, log.read_text()

    def _options(self, command: tuple[str, ...], variables: dict[str, str]) -> dict[str, object]:
        environment = {
            "PATH": f"{self.folder / 'bin'}:{self.programs}:{os.environ['PATH']}",
            "PGDATA": str(self.data),
            "PGPORT": str(self.port),
        }
        whose = {} if self.user is None else {"user": self.user[0], "group": self.user[1], "extra_groups": []}
        return {
            "args": ["bash", str(self.folder / "entrypoint.sh"), *(command or ("postgres",))],
            "env": environment | self.given | variables,
            "cwd": self.folder,
            "stdin": subprocess.DEVNULL,
        } | whose

    def _wait(self, process: subprocess.Popen[bytes], log: Path) -> None:
        deadline = time.monotonic() + 60
        while time.monotonic() < deadline:
            assert process.poll() is None, log.read_text()
            try:
                psycopg.connect(self.url("nobody", "x", "postgres")).close()
            except psycopg.OperationalError as error:
                if "authentication failed" in str(error):
                    return
            time.sleep(0.05)
        raise AssertionError(log.read_text())


def container(image: Path, folder: Path, **given: str) -> Container:
    """Copy an image's files into `folder`, which other users may enter.

    If root runs the tests, postgres or nobody becomes the owner of the data.
    """
    folder.mkdir(mode=0o755)
    shutil.copytree(image / "seed", folder, dirs_exist_ok=True)
    for name in ("entrypoint.sh", "first-start.sql"):
        shutil.copy(image / name, folder)
    (folder / "bin").mkdir()
    (folder / "bin" / "docker-entrypoint.sh").write_text(BASE)
    (folder / "bin" / "docker-entrypoint.sh").chmod(0o755)
    programs, user = find_programs(os.environ), None
    name = pwd.getpwuid(os.geteuid()).pw_name
    if os.geteuid() == 0:
        try:
            entry = pwd.getpwnam("postgres")
            name, user = "postgres", (entry.pw_uid, entry.pw_gid)
        except KeyError:
            name, user = "nobody", account.nobody()
        programs = within_reach(programs, folder, *user)
        for path in (folder / "data", *(folder / "data").rglob("*")):
            os.chown(path, *user)
        os.chown(folder / "data", *user)
    if name != "postgres":  # the image's user has that name; here another user replaces it
        hba = folder / "data" / "pg_hba.conf"
        hba.write_text(hba.read_text().replace("postgres peer", "postgres peer map=test"))
        with (folder / "data" / "pg_ident.conf").open("a") as names:
            names.write(f"test {name} postgres\n")
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = int(probe.getsockname()[1])
    return Container(folder=folder, programs=programs, port=port, user=user, given=given)
