"""Test snap help, -V, and snap without arguments."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from snap.version import __version__


def test_snap_without_a_word_prints_its_help(snap: Callable[..., Any]) -> None:
    whole = snap("--help")
    assert (whole.code, whole.err) == (0, "")
    assert "Exit codes:" in whole.out
    for words in ((), ("help",), ("--quiet",)):
        ran = snap(*words)
        assert (ran.code, ran.out, ran.err) == (0, whole.out, "")
    assert snap("--json").document["help"].rstrip() == whole.out.rstrip()


@pytest.mark.parametrize("words", [("list",), ("backup",), ("backup", "restore"), ("db", "env"), ("help",)])
def test_help_is_what_the_command_s_own_help_says(snap: Callable[..., Any], words: tuple[str, ...]) -> None:
    ran = snap("help", *words)
    assert (ran.code, ran.err) == (0, "")
    assert ran.out == snap(*words, "--help").out
    assert ran.out.startswith(f"Usage: snap {' '.join(words)}")
    assert snap("help", *words, "--json").document["help"].rstrip() == ran.out.rstrip()


def test_the_version_has_a_short_flag(snap: Callable[..., Any]) -> None:
    assert snap("-V").out == snap("--version").out == f"snap {__version__}\n"
    assert snap("-V", "--json").document == {"program": "snap", "version": __version__}
