"""Provide a database with WorldChef's schema, for the tests of one module."""

from __future__ import annotations

from collections.abc import Iterator

import psycopg
import pytest

from snap_builder import bundled
from snap_restorer.local.embedded import Server
from tests.postgres import execute

SQL = bundled("worldchef").sql


@pytest.fixture(scope="module")
def url(pg: Server) -> Iterator[str]:
    """Yield the URL of a database with the schema, created as the restorer does: by one execute in a transaction."""
    execute(pg.url("postgres"), "CREATE DATABASE worldchef_schema")
    url = pg.url("worldchef_schema")
    with psycopg.connect(url) as connection:
        connection.execute(SQL.encode())
    yield url
    execute(pg.url("postgres"), "DROP DATABASE worldchef_schema WITH (FORCE)")
