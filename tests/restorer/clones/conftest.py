"""Provide a server for making template databases, and check that none of these remains."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest

from snap_restorer import Server, Target
from tests.postgres import execute, name_of


@pytest.fixture
def admin(pg: Server) -> Iterator[str]:
    """Yield the URL of a server's maintenance database. Drop snap's databases before and after the test."""
    url = pg.url("postgres")
    clean(url)
    yield url
    clean(url)


def clean(url: str) -> None:
    for (name,) in execute(url, "SELECT datname FROM pg_database WHERE datname LIKE 'snap\\_%'"):
        execute(url, f'ALTER DATABASE "{name}" IS_TEMPLATE false')
        execute(url, f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')


@pytest.fixture
def roles(pg: Server, database: str) -> Callable[[str], Target]:
    """Return a function that returns a target as a role: `maker` may create databases, `app` and `reader` may not."""
    execute(
        database, "CREATE ROLE maker LOGIN CREATEDB PASSWORD 'p@ss%word'; CREATE ROLE app LOGIN PASSWORD 'p@ss%word'"
    )
    execute(database, 'CREATE ROLE "Reader ""1" LOGIN')
    return lambda role: Target(
        f"host=127.0.0.1 port={pg.port} user={role} password='p@ss%word' dbname='{name_of(database)}'"
    )
