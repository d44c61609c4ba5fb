"""Fixtures of a real Postgres."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest

from restorer.embedded import Server
from tests.postgres import fresh_databases, server


@pytest.fixture(scope="session")
def pg() -> Iterator[Server]:
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
