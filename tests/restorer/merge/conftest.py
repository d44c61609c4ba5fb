"""Provide a snapshot of tables that people edit."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from snap.store import Snapshot
from snap_restorer import Server, Target, restore
from tests.cases.edits import SQL, TABLES
from tests.cases.snapshots import snapshot
from tests.postgres import fresh_databases


@pytest.fixture
def small(tmp_path: Path) -> Snapshot:
    return snapshot(tmp_path, TABLES, SQL)


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory, pg: Server) -> Iterator[tuple[Snapshot, str]]:
    """Yield the snapshot and the URL of a database that holds it, for many edits in turn."""
    with fresh_databases(pg) as fresh:
        made, url = snapshot(tmp_path_factory.mktemp("edited"), TABLES, SQL), fresh()
        restore(made, Target(url))
        yield made, url
