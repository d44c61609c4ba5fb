"""Provide content for the embedded server."""

from __future__ import annotations

from pathlib import Path

import pytest

from snap.store import Snapshot, Store
from tests.cases import toy


@pytest.fixture
def toy_v1(tmp_path: Path) -> Snapshot:
    return toy.publish(Store(tmp_path), "v1")
