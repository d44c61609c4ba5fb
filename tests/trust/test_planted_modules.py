"""Test that neither way to start the program imports a module from the current folder."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from snap.store import Store
from tests.cases import toy

# What the program imports at its start and later, of Python's own and of others. Python's -m itself imports importlib,
# before any line of ours: only its option -P leaves the working directory out.
NAMES = (
    *("typing", "signal", "json", "gc", "argparse", "dataclasses", "re", "pathlib", "tomllib"),
    *("typer", "rich", "duckdb", "pyarrow", "numpy", "psycopg", "httpx", "snap_cli", "snap_builder", "platformdirs"),
    *("sitecustomize", "usercustomize"),
)


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    toy.publish(Store(tmp_path), "v1")
    for name in NAMES:
        (tmp_path / f"{name}.py").write_text(f"open({str(tmp_path / 'ran')!r}, 'a').write({name!r} + ' ')\n")
    return tmp_path


@pytest.mark.slow
@pytest.mark.parametrize("start", [("-m", "snap"), (str(Path(sys.executable).with_name("snap")),)], ids=["-m", "snap"])
@pytest.mark.parametrize("command", ["list", "check v1"])
def test_no_module_of_the_working_directory_runs(start: tuple[str, ...], command: str, checkout: Path) -> None:
    arguments = [sys.executable, *start, *command.split()]
    ran = subprocess.run(arguments, cwd=checkout, check=False, capture_output=True, text=True)
    assert not (checkout / "ran").exists(), (checkout / "ran").read_text()
    assert "v1" in ran.stdout
