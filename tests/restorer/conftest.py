"""Provide the snapshot that most tests of restores need, a store, and captures that are published in the store."""

from __future__ import annotations

import os
from itertools import count
from pathlib import Path
from typing import Any

import pytest

from snap.manifest import Manifest
from snap.store import Snapshot, Store
from snap_restorer import Target
from snap_restorer.live.capture import CaptureRequest, capture
from tests.cases.captures import Capture
from tests.cases.crew import CREW, CREW_ROWS, NOTE, NOTE_ROWS, SQL
from tests.cases.snapshots import snapshot


@pytest.fixture
def small(tmp_path: Path) -> Snapshot:
    return snapshot(tmp_path, [(NOTE, NOTE_ROWS), (CREW, CREW_ROWS)], SQL)


@pytest.fixture
def store(tmp_path: Path) -> Store:
    return Store(tmp_path)


@pytest.fixture
def take(store: Store) -> Capture:
    """Return a function that captures a database under a new name."""
    numbers = count(1)

    def made(url: str, version: str | None = None, **options: Any) -> Manifest:
        settings = {"mask_key": b"k", "created": "2026-11-22T00:00:00Z", "environment": os.environ}
        progress = options.pop("progress", None)
        request = CaptureRequest(version=version or f"c{next(numbers)}", **(settings | options))
        return capture(store, Target(url), request, progress=progress)

    return made
