"""A snapshot of tables that people edit."""

from __future__ import annotations

from pathlib import Path

import pytest

from snap.store import Snapshot
from tests.cases.edits import SQL, TABLES
from tests.cases.snapshots import snapshot


@pytest.fixture
def small(tmp_path: Path) -> Snapshot:
    return snapshot(tmp_path, TABLES, SQL)
