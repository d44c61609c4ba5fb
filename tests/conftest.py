"""Provide fixtures of a real Postgres, and let only marked tests start one.

A test that starts a server has the marker `server`, one that starts a process has the marker `process`. Both markers
follow from fixtures; a file whose tests start servers or processes themselves sets the marker itself. `make unit` runs
the tests without these markers. A test without the marker fails if it starts a Postgres.
"""

from __future__ import annotations

import shutil
import subprocess
import zlib
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

from snap.redact import declare
from snap_restorer.local.embedded import Embedded, Server
from tests.postgres import (
    NEWEST,
    OLDEST,
    VERSIONS,
    Servers,
    bouncer,
    bouncer_program,
    embedded_home,
    fresh_databases,
    physical_copy,
    server,
    servers,
)

# Fixtures that start a server, or in whose folder the test starts one.
STARTS_A_SERVER = frozenset(
    {"all_servers", "home", "arena", "base", "installed", "s3", "bucket", "supabase", "tab", "copied", "followed"}
)
STARTS_A_PROCESS = frozenset({"program", "terminal"})
# The server's program folder for tests that asked for no server, and for processes that they start.
NO_SERVER = "/this test has no fixture that starts a server: see tests/conftest.py"

# No test depends on the machine's speed, or on what Hypothesis draws by chance: the code alone says what is drawn.
# `make slow` draws Hypothesis' default number of examples; `--hypothesis-profile random` draws others each time.
settings.register_profile("random", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.register_profile("thorough", settings.get_profile("random"), derandomize=True)
settings.register_profile("quick", settings.get_profile("thorough"), max_examples=25)
settings.load_profile("quick")

# Versions of which each test runs on one. `--every-version` runs all.
BETWEEN = tuple(version for version in VERSIONS if version not in {OLDEST, NEWEST})
EVERY_VERSION = [
    pytest.param(
        version,
        # A test that passes on the newest version seldom fails on the others, so those run in CI only.
        marks=[] if version == NEWEST else [pytest.mark.slow],
    )
    for version in VERSIONS
]


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--every-version", action="store_true", help="run each test on every Postgres")


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    if not config.getoption("every_version"):
        kept, left_out = [], []
        for item in items:
            (left_out if _left_out(item) else kept).append(item)
        config.hook.pytest_deselected(items=left_out)
        items[:] = kept
    for item in items:
        fixtures = getattr(item, "fixturenames", ())
        if not STARTS_A_SERVER.isdisjoint(fixtures):
            item.add_marker("server")
        if not STARTS_A_PROCESS.isdisjoint(fixtures):
            item.add_marker("process")


def _left_out(item: pytest.Item) -> bool:
    """Return whether the version of a test lies between the oldest and the newest and another was chosen for it."""
    callspec = getattr(item, "callspec", None)
    version = callspec.params.get("any_pg") if callspec else None
    name = item.nodeid.partition("[")[0]
    return version in BETWEEN and version != BETWEEN[zlib.crc32(name.encode()) % len(BETWEEN)]


@pytest.hookimpl(wrapper=True)
def pytest_runtest_call(item: pytest.Item) -> Iterator[None]:
    """Prevent any start of Postgres, by this process or by one that the test starts, unless the test is marked."""
    if item.get_closest_marker("server"):
        return (yield)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("SNAP_PG_BIN", NO_SERVER)
        patch.setattr(Embedded, "start", _refuse)
        return (yield)


pytest_runtest_setup = pytest_runtest_call


def _refuse(embedded: Embedded) -> Server:
    raise AssertionError(f"{NO_SERVER}: {embedded}")


@pytest.fixture(autouse=True)
def nothing_declared() -> Iterator[None]:
    """Forget the secrets in settings that a test read, because they are kept for the whole process."""
    yield
    declare(())


@pytest.fixture
def tiny(tmp_path: Path) -> Iterator[Path]:
    """Yield a folder on a disk of 64 kB."""
    folder = tmp_path / "tiny"
    folder.mkdir()
    mounted = shutil.which("mount") and subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=64k", "tmpfs", folder], check=False, capture_output=True
    )
    if not mounted or mounted.returncode != 0:
        pytest.skip("only root may mount a small disk")
    try:
        yield folder
    finally:
        subprocess.run(["umount", "-l", folder], check=True)


@pytest.fixture(scope="session")
def all_servers() -> Iterator[Servers]:
    with servers() as found:
        yield found


@pytest.fixture(scope="session")
def pg(all_servers: Servers) -> Iterator[Server]:
    """Yield the newest server; if its wheel is missing, the server that snap itself would start."""
    newest = all_servers.get("18")
    if newest is not None:
        yield newest
        return
    with server() as running:
        yield running


@pytest.fixture
def home() -> Iterator[Path]:
    """Yield a folder for embedded servers, which are stopped at the end."""
    with embedded_home() as folder:
        try:
            yield folder
        finally:
            for base in folder.glob("[0-9]*") if folder.is_dir() else ():
                if base.is_dir():
                    Embedded(home=folder).stop()


@pytest.fixture
def databases(pg: Server) -> Iterator[Callable[[], str]]:
    with fresh_databases(pg) as fresh:
        yield fresh


@pytest.fixture
def database(databases: Callable[[], str]) -> str:
    """Return the URL of an empty database for this test only."""
    return databases()


@pytest.fixture(params=EVERY_VERSION)
def any_pg(request: pytest.FixtureRequest, all_servers: Servers) -> Server:
    """Return a server of each version in turn."""
    found = all_servers.get(request.param)
    if found is None:
        pytest.skip(f"no Postgres {request.param} on this machine (.ci/run says how to install it)")
    return found


@pytest.fixture
def any_database(any_pg: Server) -> Iterator[str]:
    """Yield the URL of an empty database for this test only, on each version in turn."""
    with fresh_databases(any_pg) as fresh:
        yield fresh()


@pytest.fixture(scope="session")
def copied() -> Iterator[tuple[str, str]]:
    """Yield the URLs of the database `app` on a running server and on a running physical copy of it."""
    with physical_copy() as urls:
        yield urls


@pytest.fixture
def followed() -> Iterator[tuple[str, str]]:
    """Yield the URLs of the database `app` on a server and on its standby."""
    with physical_copy(standby=True) as urls:
        yield urls


@pytest.fixture(scope="session")
def bouncer_port(pg: Server) -> Iterator[int]:
    """Yield the port of a PgBouncer in transaction mode in front of `pg`, for the users that tests create."""
    if bouncer_program() is None:
        pytest.skip("no PgBouncer on this machine (.ci/run says how to install it)")
    with bouncer(pg, "postgres", "plain", "tenant") as port:
        yield port


@pytest.fixture(scope="session")
def session_port(pg: Server) -> Iterator[int]:
    """Yield the port of a PgBouncer in session mode in front of `pg`: each client has a server session, few fit."""
    if bouncer_program() is None:
        pytest.skip("no PgBouncer on this machine (.ci/run says how to install it)")
    with bouncer(pg, "postgres", "plain", mode="session", sessions=3) as port:
        yield port
