"""Measure how long a test waits for its own database, and the cost beyond the test's own work, in several ways.

    PYTHONPATH=FOLDER python bench/databases.py --tests 30 --work 0.1

Every way gives each test the rows of v3, on one temporary server with a stock configuration. pytest-postgresql is
measured if it can be imported, for example from a folder made by `pip install --target FOLDER`: it belongs to no extra
of snap.
"""

from __future__ import annotations

import importlib.util
import json
import os
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

from cluster import cluster
from measure import ROOT, arguments, heading, in_turn

# For each test: the seconds of its setup, and of all but its call. The hook runs first and last around the test.
WATCH = """
import json, os, time
import pytest

figures = []

@pytest.hookimpl(hookwrapper=True, tryfirst=True)
def pytest_runtest_protocol(item):
    figures.append({})
    started = time.perf_counter()
    yield
    figures[-1]["beyond"] = time.perf_counter() - started - figures[-1]["call"]

def pytest_runtest_logreport(report):
    figures[-1][report.when] = report.duration

def pytest_sessionfinish():
    with open(os.environ["FIGURES"], "w") as file:
        json.dump(figures, file)
"""
SNAP = ""
CLONED = """
import snap

@pytest.fixture
def snap_db(snap_server):
    with snap.cloned("v3", server=snap_server) as url:
        yield url
"""
PEER = """
import snap
from pytest_postgresql import factories

def load(host, port, user, dbname, **rest):
    snap.restore("v3", f"host={host} port={port} user={user} dbname={dbname}")

loaded = factories.postgresql_noproc(load=[load])
connection = factories.postgresql("loaded")

@pytest.fixture
def snap_db(connection):
    return connection.info.dsn
"""
TESTS = """
import time
import psycopg
import pytest

@pytest.mark.parametrize("turn", range({tests}))
def test_it(snap_db, turn):
    with psycopg.connect(snap_db) as connection:
        assert connection.execute("SELECT count(*) FROM recipes").fetchone() == (600,)
    time.sleep({work})
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Way:
    """One way for a test to get its database: the text of conftest.py and options of pytest."""

    conftest: str
    options: tuple[str, ...] = ()


def ways(url: str) -> dict[str, Way]:
    """Return every way that can run on this machine, by name."""
    place = parse_qs(urlsplit(url).query)
    peer = (
        f"--postgresql-host={place['host'][0]}",
        f"--postgresql-port={place['port'][0]}",
        "--postgresql-user=postgres",
    )
    server = ("-o", f"snap_server={url}")
    known = {
        "`snap_db`": Way(conftest=SNAP, options=server),
        "`snap_db`, `snap_pool_size = 0`": Way(conftest=SNAP, options=(*server, "-o", "snap_pool_size=0")),
        "`snap.cloned` in a fixture": Way(conftest=CLONED, options=server),
    }
    if importlib.util.find_spec("pytest_postgresql"):
        known["pytest-postgresql, a template that `snap restore` filled"] = Way(conftest=PEER, options=peer)
    return known


def run(way: Way, folder: Path, tests: int, work: float) -> list[Mapping[str, float]]:
    """Run a project with `tests` tests, and return the measured seconds of each."""
    (folder / "conftest.py").write_text(WATCH + way.conftest)
    (folder / "test_it.py").write_text(TESTS.format(tests=tests, work=work))
    (folder / "pytest.ini").write_text(f"[pytest]\nsnap_version = v3\nsnap_root = {ROOT}\n")
    figures = folder / "figures.json"
    words = ["-q", "-p", "no:cacheprovider", "-p", "no:django", "-p", "no:faker", *way.options]
    done = subprocess.run(
        [sys.executable, "-m", "pytest", *words],
        cwd=folder,
        env=os.environ | {"FIGURES": str(figures), "SNAP_ROOT": str(ROOT)},
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        raise SystemExit(done.stdout + done.stderr)
    read: list[Mapping[str, float]] = json.loads(figures.read_text())
    return read


def main() -> None:
    parser = arguments(__doc__, 3)
    parser.add_argument("--tests", type=int, default=30, help="tests in a run; the first is counted apart")
    parser.add_argument("--work", type=float, default=0.1, help="seconds that a test works")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        Path(folder).chmod(0o755)  # root's server runs as another user
        project = Path(folder) / "project"
        project.mkdir()
        with cluster(Path(folder) / "server") as server:
            cases: dict[str, Callable[[], list[Mapping[str, float]]]] = {
                name: lambda way=way: run(way, project, given.tests, given.work)
                for name, way in ways(server.url("postgres")).items()
            }
            results = in_turn(cases, given.runs)
            left = server.run("postgres", "SELECT count(*) FROM pg_database WHERE datname ~ '^snap_test_'")[0][0]
    print(heading(given.runs))
    print(f"Tests of {given.work * 1000:.0f} ms, {given.tests} in a run, one process. Databases left: {left}.\n")
    print("| | waits, median ms | most | beyond its work, median ms | most | the first test waits, s |")
    print("|---|---|---|---|---|---|")
    for name, runs in results.items():
        later = [test for tests in runs for test in tests[1:]]
        waits, beyond = ([1000 * test[key] for test in later] for key in ("setup", "beyond"))
        first = statistics.median(tests[0]["setup"] for tests in runs)
        print(
            f"| {name} | {statistics.median(waits):.1f} | {max(waits):.0f} | {statistics.median(beyond):.1f} "
            f"| {max(beyond):.0f} | {first:.2f} |"
        )


if __name__ == "__main__":
    main()
