"""Test that the workflows in the docs run pinned actions with the least rights."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tests.paths import ROOT

USES = re.compile(r"^[ \t-]*uses:[ \t]*(\S+)", re.MULTILINE)
WORKFLOWS = [
    path
    for path in sorted((*(ROOT / "docs").rglob("*.md"), *(ROOT / "docs").rglob("*.yml")))
    if USES.search(path.read_text(encoding="utf-8"))
]


def test_there_is_a_workflow() -> None:
    assert WORKFLOWS


@pytest.mark.parametrize("path", WORKFLOWS, ids=lambda path: path.name)
def test_an_action_is_named_by_its_commit(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    assert [action for action in USES.findall(text) if not re.fullmatch(r"[\w./-]+@[0-9a-f]{40}", action)] == []


@pytest.mark.parametrize("path", [path for path in WORKFLOWS if path.suffix == ".yml"], ids=lambda path: path.name)
def test_a_workflow_may_only_read_and_keeps_no_token(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    assert re.findall(r"^permissions:\n((?:  .*\n)+)", text, re.MULTILINE) == ["  contents: read\n"]
    assert text.count("actions/checkout@") == text.count("persist-credentials: false")
