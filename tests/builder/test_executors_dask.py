"""Test that a dask cluster of several processes makes a version although one of them is killed."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from snap.progress import Silent
from snap.store import Store
from snap.verify import require_intact
from snap_builder import build, parts
from tests.cases.projects import make_project, toy_request
from tests.cli.program import environment
from tests.paths import ROOT

pytestmark = [pytest.mark.process, pytest.mark.slow]
# Each worker waits a little in each part, and says that it works.
SLOWLY = """
import os, time
from snap_builder.compiled.plan import DeclaredPlan

if not hasattr(DeclaredPlan, "quick"):
    DeclaredPlan.quick = DeclaredPlan.early_part

    def _slow(self, *rows):
        with open({seen!r}, "a") as file:
            file.write(f"{{os.getpid()}}\\n")
        time.sleep(0.3)
        return self.quick(*rows)

    if {parent} != os.getpid():
        DeclaredPlan.early_part = _slow
"""


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(parts, "PART_ROWS", 16)
    return make_project(tmp_path)


@pytest.fixture
def cluster() -> Iterator[Any]:
    process = subprocess.Popen(
        [sys.executable, "-m", "tests.builder.cluster", "3"],
        cwd=ROOT,
        env=environment(),
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert process.stdout is not None
    try:
        yield json.loads(process.stdout.readline())
    finally:
        process.communicate(timeout=60)


def test_a_cluster_makes_what_one_process_makes_though_a_worker_is_killed(project: Path, cluster: Any) -> None:
    store, seen = Store(project), project / "seen"
    one = build(store, toy_request(project, "one"), Silent()).manifest
    declaration = project / "datasets/toy/dataset.py"
    declaration.write_text(declaration.read_text() + SLOWLY.format(seen=str(seen), parent=os.getpid()))
    killed: list[int] = []

    def kill() -> None:
        while not killed:
            pids = seen.read_text().split() if seen.exists() else []
            if len(pids) >= 6:
                killed.append(int(pids[-1]))
                os.kill(killed[0], signal.SIGKILL)
            time.sleep(0.01)

    request = toy_request(project, "many", workers=f"dask:{cluster['address']}")
    killer = threading.Thread(target=kill, daemon=True)
    killer.start()
    many = build(store, request, Silent()).manifest
    killer.join(10)
    worked = seen.read_text().split()
    assert killed
    assert killed[0] in cluster["pids"]
    assert len(set(worked)) >= 3
    assert len(worked) > 20  # what the killed one had in hand was made again
    assert many.digest == one.digest
    assert [data.files for data in many.tables] == [data.files for data in one.tables]
    require_intact(store.resolve("many"))
    left = {path.name for path in (project / "snapshots").iterdir() if not path.name.startswith(".lock-")}
    assert left == {"one", "many"}
