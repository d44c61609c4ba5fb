"""Test that tests are independent: code that two of them share is in tests/cases, in a helper or in a conftest."""

from __future__ import annotations

import ast
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from snap_restorer.local.embedded import Embedded
from tests.paths import GOLDEN, ROOT

TESTS = ROOT / "tests"

PACKAGES = {
    "snap": ROOT / "snap",
    "builder": ROOT / "builder" / "snap_builder",
    "restorer": ROOT / "restorer" / "snap_restorer",
    "cli": ROOT / "cli" / "snap_cli",
    "ops": ROOT / "ops" / "snap_ops",
}
# Files that follow a flow through many rooms, and stand at its door.
FLOWS = {
    "snap": {"door"},
    "snap/types": {"directions"},
    "restorer/live": {"databases"},
    "restorer": {"pooler", "restore", "roles", "types", "versions"},
    "cli": {"entry", "media", "store_commands"},
    "ops": {"docs", "staging", "supabase"},
}


def imports(path: Path) -> Iterator[str]:
    """Yield every module that a file imports, and every name in it."""
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield from (f"{node.module or ''}.{alias.name}" for alias in node.names)


@pytest.mark.slow
def test_no_file_imports_a_test_module_or_a_conftest() -> None:
    wrong = [
        f"{path.relative_to(ROOT)} imports {name}"
        for path in sorted(TESTS.rglob("*.py"))
        for name in imports(path)
        if name.startswith("tests.") and any(part.startswith("test_") or part == "conftest" for part in name.split("."))
    ]
    assert wrong == []


def test_tests_lie_and_are_named_as_the_modules_that_they_test() -> None:
    """A test file may say more behind the module's name, or stand for all modules whose names begin with its own."""
    lost = []
    for name, package in PACKAGES.items():
        for path in sorted((TESTS / name).rglob("test_*.py")):
            room, subject = path.parent.relative_to(TESTS), path.stem.removeprefix("test_")
            folder = package / room.relative_to(name)
            modules = {folder.name, *(module.stem for module in folder.glob("[!_]*"))} if folder.is_dir() else set()
            fits = any(f"{subject}_".startswith(f"{m}_") or f"{m}_".startswith(f"{subject}_") for m in modules)
            if not fits and subject not in FLOWS.get(room.as_posix(), ()):
                lost.append(path.relative_to(ROOT).as_posix())
    assert lost == []


def test_a_server_starts_only_for_tests_that_say_so(tmp_path: Path) -> None:
    with pytest.raises(AssertionError, match="no fixture that starts a server"):
        Embedded(home=tmp_path, environment={}).start()
    code = f"import pathlib, snap_restorer; snap_restorer.Embedded(home=pathlib.Path({str(tmp_path)!r})).start()"
    child = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert child.returncode
    assert "no fixture that starts a server" in child.stderr
    assert list(tmp_path.iterdir()) == []


def test_no_golden_sql_is_left_over() -> None:
    sources = "".join(path.read_text("utf-8") for path in TESTS.rglob("test_*.py"))
    assert [path.name for path in (GOLDEN / "sql").iterdir() if f'"{path.name}"' not in sources] == []
