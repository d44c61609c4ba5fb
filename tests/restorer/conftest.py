"""The snapshot that most tests of restores need."""

from __future__ import annotations

from pathlib import Path

import pytest

from snap.store import Snapshot
from tests.cases.crew import CREW, CREW_ROWS, NOTE, NOTE_ROWS, SQL
from tests.cases.snapshots import snapshot


@pytest.fixture
def small(tmp_path: Path) -> Snapshot:
    return snapshot(tmp_path, [(NOTE, NOTE_ROWS), (CREW, CREW_ROWS)], SQL)
