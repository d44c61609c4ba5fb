"""Provide a database in which other roles own schemas."""

from __future__ import annotations

import pytest

from snap_restorer import Server
from tests.restorer.backing import hosted


@pytest.fixture
def owner(any_pg: Server, any_database: str) -> str:
    """Return the URL of a plain owner of a database in which a schema belongs to others."""
    return hosted(any_database, any_pg)
