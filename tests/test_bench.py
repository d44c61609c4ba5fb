"""Test that the comparison with peers runs: every case once, at staging volumes."""

import json
import os
import subprocess
import sys

import pytest

from tests.paths import ROOT

pytestmark = [pytest.mark.slow, pytest.mark.server]


def bench(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "bench/restore.py", "--quick", *arguments],
        cwd=ROOT,
        env=os.environ | {"PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        check=False,
    )


def test_every_peer_is_measured_beside_snap(tmp_path):
    done = bench("--json", str(tmp_path / "figures.json"))
    assert done.returncode == 0, done.stderr
    groups = json.loads((tmp_path / "figures.json").read_text())["groups"]
    assert len(groups) == 9
    for group in groups:
        names = [case["name"] for case in group["cases"]]
        assert f"### {group['group']}" in done.stdout
        assert group["failed"] == {}
        if not group["group"].startswith("Loaders"):  # ADBC and DuckDB may not be there
            assert [case["ratio"] for case in group["cases"] if case["base"]] == [1]
            assert any("snap restore" in name for name in names)


def test_the_phases_name_the_tables_and_add_up():
    done = bench("--phases")
    assert done.returncode == 0, done.stderr
    for expected in ("| COPY | recipes | 1 |", "| COMMIT |  | 1 |", "migrated, in process", "empty, whole process"):
        assert expected in done.stdout


def test_a_database_per_test_is_measured_and_none_is_left():
    done = subprocess.run(
        [sys.executable, "bench/databases.py", "--tests", "3", "--runs", "1", "--work", "0"],
        cwd=ROOT,
        env=os.environ | {"PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert "Databases left: 0." in done.stdout
    assert done.stdout.count("\n| `snap") == 3
