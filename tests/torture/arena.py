"""Provide a server for destructive tests, a database that is hard to restore into, and `snap restore` runs to kill.

Every URL given to snap contains the restoring role's password. Each helper that ends a process reads its output, and
fails if the password is in it.
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any
from urllib.parse import quote

import psycopg

from snap_restorer.local.embedded import Embedded, Server
from tests.fingerprint import Fingerprint, changes, fingerprint, leftovers
from tests.paths import ROOT
from tests.postgres import execute

HARD_TARGET = Path(__file__).with_name("hard_target.sql")
SECRET = "s3cr%t@:/ hünter"
OWNER, GUEST = "Chef de Cuisine", "Guest of the house"
# More rows than any threshold above which a restore treats a table as large.
LIKES, RATINGS = 15_000, 12_000
VOLUMES = ("--scale", "2", "--set", f"recipe_likes={LIKES}", "--set", f"recipe_ratings={RATINGS}")
_PHASE = """
SELECT a.query FROM pg_stat_activity a
WHERE a.application_name = 'snap' AND a.backend_type = 'client backend'
ORDER BY a.state = 'active' DESC, a.query LIKE 'COPY%' DESC, a.backend_start LIMIT 1
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Mode:
    """A way to restore. `atomic`: it is one transaction, so a target is never seen or left between old and new."""

    name: str
    flags: tuple[str, ...] = ()
    atomic: bool = True


MODES = (
    Mode(name="in place"),
    Mode(name="jobs", flags=("--jobs", "2"), atomic=False),
    Mode(name="sync", flags=("--mode", "sync", "--yes")),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Ran:
    """The exit code and output of a snap that ended. A killed process has the negative signal number as its code."""

    code: int
    out: str
    err: str

    @property
    def document(self) -> Any:
        return json.loads(self.out)

    @property
    def error(self) -> str:
        """Return the error from the JSON (kind, message, hint) or from stderr."""
        if self.out.startswith("{"):
            error = self.document["error"]
            return f"{error['kind']}: {error['message']} ({error['hint']})"
        return self.err


class Run:
    """A running `snap restore`."""

    def __init__(self, command: Sequence[str], *, json_output: bool) -> None:
        kept = {name: value for name, value in os.environ.items() if not name.startswith(("SNAP_", "PG"))}
        self.json = json_output
        self.process = subprocess.Popen(
            command,
            env=kept | {"PYTHONPATH": str(ROOT)},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    def ends(self, *, seconds: float = 90) -> Ran:
        """Wait until the process ends. Fail if it hangs, or if it prints the password or a traceback."""
        try:
            out, err = self.process.communicate(timeout=seconds)
        except subprocess.TimeoutExpired:
            self.process.send_signal(signal.SIGABRT)  # prints where it hangs
            out, err = self.process.communicate()
            raise AssertionError(f"snap still runs after {seconds} s: {out}{err}") from None
        ran = Ran(code=self.process.returncode, out=out, err=err)
        shown = out + err
        for form in (SECRET, quote(SECRET, safe=""), quote(SECRET), "hünter", "h%C3%BCnter"):
            assert form not in shown, f"the password shows: {shown}"
        assert "Traceback" not in shown, shown
        if ran.code > 0:
            self._reads_well(ran)
        return ran

    def kill(self, number: int) -> None:
        with suppress(ProcessLookupError):
            self.process.send_signal(number)

    def stop(self) -> None:
        """Send SIGSTOP, and wait until the process has stopped or ended."""
        self.kill(signal.SIGSTOP)
        os.waitid(os.P_PID, self.process.pid, os.WSTOPPED | os.WEXITED | os.WNOWAIT)

    @property
    def running(self) -> bool:
        return self.process.poll() is None

    def _reads_well(self, ran: Ran) -> None:
        """Fail unless the error is one JSON document on stdout or one error and hint on stderr, and no bug of snap."""
        assert ran.code in {5, 6, 130, 143}, f"exit {ran.code}: {ran.out}{ran.err}"
        if self.json:
            assert ran.document.keys() == {"error"}, ran.out
            assert all(ran.document["error"].values()), ran.out
        else:
            # Notes and warnings may come first; stdout is for results, and there is none.
            words = [line.partition(": ")[0] for line in ran.err.splitlines() if not line.startswith("- ")]
            said = [word for word in words if word not in {"note", "warning"}]
            assert (ran.out, said) == ("", ["error", "hint"]), ran.err


class Arena:
    """A server with databases that hold the version `old` and many other objects; `new` is restored into them."""

    def __init__(self, home: Path, root: Path) -> None:
        self.embedded = Embedded(home=home)
        self.root = root
        self._made = 0

    def start(self) -> Server:
        return self.embedded.start().as_superuser()

    @property
    def server(self) -> Server:
        server = self.embedded.status()
        assert server is not None
        return server.as_superuser()

    def admin(self, database: str = "postgres") -> str:
        return self.server.url(database)

    def url(self, database: str, *, host: str = "127.0.0.1", port: int | None = None) -> str:
        """Return the URL for snap: the plain owner's, with the password."""
        where = f"{quote(OWNER)}:{quote(SECRET, safe='')}@{host}:{port or self.server.port}"
        return f"postgresql://{where}/{quote(database, safe='')}"

    def prepare(self) -> None:
        """Build the versions and the template database. This takes some seconds, so it is done once for all tests."""
        for folder in ("manifests", "snapshots"):
            (self.root / folder).mkdir(parents=True)
        for version, seed in (("old", "1"), ("new", "2")):
            done = subprocess.run(
                [sys.executable, "-m", "snap", "build", version, "--root", self.root, "--seed", seed, *VOLUMES],
                env=os.environ | {"PYTHONPATH": str(ROOT)},
                capture_output=True,
                text=True,
                check=False,
            )
            assert done.returncode == 0, done.stderr
        self.start()
        with psycopg.connect(self.admin(), autocommit=True) as connection:
            for role in (OWNER, GUEST):
                connection.execute(
                    psycopg.sql.SQL("CREATE ROLE {} LOGIN PASSWORD {}").format(
                        psycopg.sql.Identifier(role), psycopg.sql.Literal(SECRET)
                    )
                )
            connection.execute(f'CREATE DATABASE "hard" OWNER "{OWNER}"')
        done = self.restore("old", "hard")
        assert done.code == 0, done.err
        execute(self.url("hard"), HARD_TARGET.read_text())

    def database(self, name: str = "") -> str:
        """Create a database that holds `old` and everything that makes a restore hard; return its name."""
        self._made += 1
        name = name or f"Target {self._made}"
        with psycopg.connect(self.admin(), autocommit=True) as connection:
            connection.execute(f'CREATE DATABASE "{name}" OWNER "{OWNER}" TEMPLATE hard')
            connection.execute(f"COMMENT ON DATABASE \"{name}\" IS 'theirs'")
            connection.execute(f'GRANT CONNECT ON DATABASE "{name}" TO "{GUEST}"')
            connection.execute(f"ALTER DATABASE \"{name}\" SET work_mem = '8MB'")
            connection.execute(f'ALTER ROLE "{GUEST}" IN DATABASE "{name}" SET search_path = \'$user\', elsewhere')
        return name

    def drop(self, name: str) -> None:
        execute(self.admin(), f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')

    @cached_property
    def old(self) -> Fingerprint:
        """Return the fingerprint of a database with `old` and its ledger, which a failed restore must not change."""
        return fingerprint(self.admin("hard"))

    @cached_property
    def new(self) -> Fingerprint:
        """Return the fingerprint after an undisturbed restore of `new`, without the ledger."""
        name = self.database()
        done = self.restore("new", name)
        assert done.code == 0, done.err
        found = fingerprint(self.admin(name), ledger=False)
        self.drop(name)
        return found

    def begin(self, version: str, url: str, *flags: str, json_output: bool = False) -> Run:
        command = [sys.executable, "-X", "faulthandler", "-m", "snap", "restore", version, *flags]
        command += ["--root", str(self.root), "--db", url]
        return Run([*command, *(["--json"] if json_output else [])], json_output=json_output)

    def restore(self, version: str, database: str, *flags: str) -> Ran:
        return self.begin(version, self.url(database), *flags).ends()

    def state(self, database: str, mode: Mode = MODES[0]) -> str:
        """Return what an idle database holds: "old", "new" or, if the mode allows it, "loading".

        Any other content fails, with a list of the differences.
        """
        url = self.admin(database)
        assert leftovers(url) == []
        found = fingerprint(url)
        from_old = changes(self.old, found)
        if not from_old:
            return "old"
        from_new = changes(self.new, fingerprint(url, ledger=False))
        if not from_new:
            return "new"
        if not mode.atomic:
            entry = execute(url, "SELECT state FROM snap.ledger ORDER BY id DESC LIMIT 1")
            assert entry == [("loading",)], entry
            return "loading"
        nearer = min(from_old, from_new, key=len)
        raise AssertionError(f"{database} is neither old nor new:\n" + "\n".join(nearer))

    def repaired(self, database: str, mode: Mode = MODES[0]) -> None:
        """Require that the next restore succeeds and gives all of `new`."""
        done = self.restore("new", database, *mode.flags)
        assert done.code == 0, done.err
        assert self.state(database, mode) == "new"

    def phase(self, watch: psycopg.Connection[Any]) -> str | None:
        """Return the current or last statement of a restore's session; None if snap has no session."""
        row = watch.execute(_PHASE).fetchone()
        return None if row is None else str(row[0])

    def when(
        self, watch: psycopg.Connection[Any], run: Run, reached: Callable[[str], bool], seconds: float = 60
    ) -> str:
        """Wait for a statement of snap that satisfies `reached`, and return it; "" if snap ends before."""
        deadline = time.monotonic() + seconds
        while run.running:
            assert time.monotonic() < deadline, "snap does not get that far"
            phase = self.phase(watch)
            if phase is not None and reached(phase):
                return phase
            time.sleep(0.001)  # otherwise this loop takes processor time from snap
        return ""

    @contextmanager
    def watching(self) -> Iterator[psycopg.Connection[Any]]:
        with psycopg.connect(self.admin(), autocommit=True, application_name="watch") as watch:
            yield watch


def in_any(_statement: str) -> bool:
    return True


def in_copy(statement: str) -> bool:
    return statement.startswith("COPY")
