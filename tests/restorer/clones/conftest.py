"""A server on which templates are made, and nothing is left of them."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from snap_restorer import Server
from tests.postgres import execute


@pytest.fixture
def admin(pg: Server) -> Iterator[str]:
    """The maintenance database of a server without anything that snap made, before and afterwards."""
    url = pg.url("postgres")
    clean(url)
    yield url
    clean(url)


def clean(url: str) -> None:
    for (name,) in execute(url, "SELECT datname FROM pg_database WHERE datname LIKE 'snap\\_%'"):
        execute(url, f'ALTER DATABASE "{name}" IS_TEMPLATE false')
        execute(url, f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')
