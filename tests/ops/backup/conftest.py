"""Provide a database of one table, for backups."""

from __future__ import annotations

import pytest

from tests.postgres import execute


@pytest.fixture
def small(database: str) -> str:
    execute(database, "CREATE TABLE t (id int PRIMARY KEY); INSERT INTO t SELECT generate_series(1, 100)")
    return database
