"""A database that others share."""

from __future__ import annotations

import pytest

from snap_restorer import Server
from tests.restorer.backing import hosted


@pytest.fixture
def owner(any_pg: Server, any_database: str) -> str:
    """The URL of a plain owner, in whose database a schema belongs to others."""
    return hosted(any_database, any_pg)
