"""Test that messages outside the command line name no flag, since only the caller knows how a parameter is spelled.

The same holds for commands that are also Python functions (snap.api).
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.paths import ROOT

ENGINES = ("snap", "builder/snap_builder", "restorer/snap_restorer", "ops/snap_ops")
COMMANDS = ("build", "capture", "check", "context", "diff", "restore", "target")
FILES = [
    *(path for folder in ENGINES for path in sorted((ROOT / folder).rglob("*.py"))),
    *(ROOT / "cli/snap_cli" / f"{name}.py" for name in COMMANDS),
]
FLAG = re.compile(r"(?<![\w-])--[a-z]")


def said(tree: ast.Module) -> Iterator[tuple[int, str]]:
    """Yield every text of an error, a warning or a note, with its line."""
    for node in ast.walk(tree):
        if not isinstance(node, ast.Call):
            continue
        name = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
        if name.endswith(("Error", "Interrupted")) or name in {"warn", "note"}:
            for part in ast.walk(node):
                if isinstance(part, ast.Constant) and isinstance(part.value, str):
                    yield part.lineno, part.value


@pytest.mark.slow
@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(ROOT)))
def test_no_message_of_an_engine_names_a_flag_or_says_what_is_a_field(path: Path) -> None:
    wrong = [
        f"{path.relative_to(ROOT)}:{line}: {text}"
        for line, text in said(ast.parse(path.read_text("utf-8")))
        if FLAG.search(text) or "nothing was changed" in text
    ]
    assert wrong == []
