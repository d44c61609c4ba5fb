"""Test that the pictures of the README show what the program prints and the snapshots hold now."""

from __future__ import annotations

import html
import importlib.util
import os
import re
import sys
from types import ModuleType

import pytest

from tests.paths import ROOT
from tests.postgres import embedded_home


@pytest.fixture
def pictures() -> ModuleType:
    spec = importlib.util.spec_from_file_location("pictures", ROOT / "docs/pictures.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def committed(name: str) -> str:
    return (ROOT / "docs" / name).read_text("utf-8")


def test_the_picture_of_the_data_is_that_of_v3(pictures: ModuleType) -> None:
    assert pictures.data() == committed("data.svg")


def test_the_diagram_is_that_of_v3(pictures: ModuleType) -> None:
    assert pictures.diagram() == committed("diagram.svg")


def shown(picture: str) -> str:
    """Return the words on a drawn terminal, without what differs between runs: durations, and the database's URL."""
    texts = re.findall(r"<text[^>]*>(.*?)</text>", picture, re.DOTALL)
    words = " ".join(html.unescape("".join(texts)).replace("\xa0", " ").split())
    return re.sub(r"postgresql://\S+", "URL", re.sub(r"\b[\d.]+ s\b", "N s", words))


@pytest.mark.slow
@pytest.mark.server
@pytest.mark.process
def test_the_picture_of_the_terminal_shows_what_the_commands_print(
    pictures: ModuleType, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in [key for key in os.environ if key.startswith("SNAP_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("PYTHONPATH", str(ROOT))
    with embedded_home() as home:
        monkeypatch.setenv("SNAP_DATA_DIR", str(home))
        try:
            assert shown(pictures.terminal()) == shown(committed("terminal.svg"))
        finally:
            pictures.on_terminal([sys.executable, "-m", "snap", "db", "stop"], ROOT)
