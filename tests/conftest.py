"""Fixtures of a real Postgres."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
from hypothesis import HealthCheck, settings

from snap_restorer.local.embedded import Server
from tests.postgres import VERSIONS, Servers, bouncer, bouncer_program, fresh_databases, server, servers

# No test depends on how quick the machine is.
settings.register_profile("snap", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("snap")

# With xdist all tests of one version go to one worker, so that each server is started once.
EVERY_VERSION = [
    pytest.param(
        version,
        # What holds on the newest seldom fails on the others: that is for CI.
        marks=[
            pytest.mark.xdist_group(f"pg{version}"),
            *([] if version == "18" else [pytest.mark.slow]),
        ],
    )
    for version in VERSIONS
]


@pytest.fixture(scope="session")
def all_servers() -> Iterator[Servers]:
    with servers() as found:
        yield found


@pytest.fixture(scope="session")
def pg(all_servers: Servers) -> Iterator[Server]:
    """The newest server; where its wheel is missing, the one that snap itself would start."""
    newest = all_servers.get("18")
    if newest is not None:
        yield newest
        return
    with server() as running:
        yield running


@pytest.fixture
def databases(pg: Server) -> Iterator[Callable[[], str]]:
    with fresh_databases(pg) as fresh:
        yield fresh


@pytest.fixture
def database(databases: Callable[[], str]) -> str:
    """The URL of an empty database of the test's own."""
    return databases()


@pytest.fixture(params=EVERY_VERSION)
def any_pg(request: pytest.FixtureRequest, all_servers: Servers) -> Server:
    """A server of each version in turn."""
    found = all_servers.get(request.param)
    if found is None:
        pytest.skip(f"no Postgres {request.param} on this machine (.ci/run says how to install it)")
    return found


@pytest.fixture
def any_database(any_pg: Server) -> Iterator[str]:
    """The URL of an empty database of the test's own, on a server of each version in turn."""
    with fresh_databases(any_pg) as fresh:
        yield fresh()


@pytest.fixture(scope="session")
def bouncer_port(pg: Server) -> Iterator[int]:
    """The port of a PgBouncer in transaction mode before `pg`, for the users that tests make."""
    if bouncer_program() is None:
        pytest.skip("no PgBouncer on this machine (.ci/run says how to install it)")
    with bouncer(pg, "postgres", "plain", "tenant") as port:
        yield port
