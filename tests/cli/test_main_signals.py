"""Test Ctrl-C and SIGTERM at any moment: before arguments are read, while libraries are imported, after the result."""

from __future__ import annotations

import os
import signal
import sys
from pathlib import Path

import pytest

from tests.cli.program import environment, ran_in

# Python runs it before the program: the first import of the named module sends the process real signals.
_SITE = """
import os, signal, sys

class Finder:
    def find_spec(self, name, path=None, target=None):
        if name == os.environ["SIGNAL_AT"]:
            sys.meta_path.remove(self)
            for number in os.environ["SIGNALS"].split():
                os.kill(os.getpid(), int(number))
        return None

sys.meta_path.insert(0, Finder())
"""
# What many libraries do with whatever comes while they look for others.
_HOLDING = _SITE.replace(
    "                os.kill(os.getpid(), int(number))",
    """                try:
                    os.kill(os.getpid(), int(number))
                    for _ in range(1000):
                        pass
                except Exception:
                    pass""",
)
HINT = "run the command again"


def interrupted_at(
    project: Path, module: str, *arguments: str, signals: tuple[int, ...] = (signal.SIGINT,), site: str = _SITE
):
    (project / "sitecustomize.py").write_text(site)
    path = os.pathsep.join((str(project), environment()["PYTHONPATH"]))
    numbers = " ".join(str(int(number)) for number in signals)
    command = [sys.executable, "-m", "snap", *arguments]
    return ran_in(project, command, PYTHONPATH=path, SIGNAL_AT=module, SIGNALS=numbers)


@pytest.mark.slow
@pytest.mark.process
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
@pytest.mark.parametrize("module", ["snap_cli", "typer", "snap_cli.app", "snap.compare", "duckdb"])
def test_a_signal_during_imports_is_two_lines(v1, project, module, number):
    ran = interrupted_at(project, module, "diff", "v1", "v1", signals=(number,))
    assert ran.err.splitlines() == ["error: interrupted", f"hint: {HINT}"]
    assert (ran.code, ran.out) == (128 + number, "")


@pytest.mark.process
@pytest.mark.parametrize("module", ["snap_cli", "snap_cli.app", "pyarrow"])
def test_a_signal_during_imports_is_one_json_document(v1, project, module):
    ran = interrupted_at(project, module, "diff", "v1", "v1", "--json")
    assert (ran.code, ran.err) == (130, "")
    told = {"kind": "interrupted", "message": "interrupted", "reasons": ["interrupted"], "hint": HINT}
    assert ran.document == {"error": told}


@pytest.mark.slow
@pytest.mark.process
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_within_a_library_that_holds_every_exception_ends_the_command(v1, project, number):
    assert "except Exception" in _HOLDING
    ran = interrupted_at(project, "duckdb", "diff", "v1", "v1", signals=(number,), site=_HOLDING)
    assert (ran.code, ran.out) == (128 + number, "")
    assert ran.err.splitlines() == ["error: interrupted", f"hint: {HINT}"]


@pytest.mark.slow
@pytest.mark.process
def test_a_second_signal_ends_at_once_whichever_it_is(v1, project):
    ran = interrupted_at(project, "duckdb", "diff", "v1", "v1", signals=(signal.SIGINT, signal.SIGTERM))
    assert "Traceback" not in ran.err
    assert ran.code in {130, -signal.SIGTERM}
