"""Run `snap` with the tests' datasets, as a process."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.paths import ROOT

PROGRAM = (sys.executable, "-m", "tests.cli.toys")


@dataclass(frozen=True)
class Ran:
    code: int
    out: str
    err: str

    @property
    def document(self) -> Any:
        return json.loads(self.out)

    @property
    def error(self) -> Any:
        return self.document["error"]


def environment(**more: str) -> dict[str, str]:
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("SNAP_", "PG", "NO_COLOR"))}
    return kept | {"PYTHONPATH": str(ROOT), "TERM": "xterm-256color", "COLUMNS": "100"} | more


def ran_in(folder: Path, command: Sequence[str], **env: str) -> Ran:
    """Run a command in `folder`, without a terminal."""
    done = subprocess.run(
        command, check=False, cwd=folder, env=environment(**env), stdin=subprocess.DEVNULL, capture_output=True
    )
    return Ran(done.returncode, done.stdout.decode(), done.stderr.decode())
