"""Run a night of real steps in a process to be killed: python -m tests.ops.night.killed ROOT URL LEASE_S"""

from __future__ import annotations

import os
import sys
from pathlib import Path

from snap.config import Origin, Settings
from snap.progress import Silent
from snap.store import Store
from snap_ops.night.configure import Project, configure
from snap_ops.night.pipeline import Pipeline, StagingDatabase
from snap_ops.night.run import run_night
from snap_restorer import Target
from snap_restorer.pg.guard import Guard
from tests.cases import toy
from tests.ops.night.bed import NOW

STEPS = ("backup", "reset", "migrate", "restore")


class Said(Silent):
    """A Progress that prints which step begins, so that the calling test knows when to kill the process."""

    def note(self, message: str) -> None:
        sys.stdout.write(f"{message}\n")
        sys.stdout.flush()


def prepare(root: Path) -> None:
    """Write the migration that creates the tables again after a reset, which drops all tables."""
    folder = root / "migrations"
    folder.mkdir(exist_ok=True)
    (folder / "20260101000000_toy.sql").write_text(toy.SQL.replace("CREATE SCHEMA ship;", ""))


def pipeline(root: Path, url: str, lease_s: float) -> Pipeline:
    sections = {
        "nightly": {"version": "v1", "lease": f"{lease_s} s"},
        "reset": {"schemas": ["public", "ship"]},
        "migrations": {"folder": "migrations"},
    }
    database = StagingDatabase(target=Target(url), direct=Target(url), guard=Guard(allowed=("*/*",)))
    project = Project(root=root, store=Store(root), database=database, datasets={})
    origin = Origin(file="snap.toml", folder=root, environment=os.environ)
    return configure(Settings(origin=origin, sections=sections), project, only=STEPS).pipeline


if __name__ == "__main__":
    root, url, lease_s = sys.argv[1:]
    record = run_night(pipeline(Path(root), url, float(lease_s)), now=NOW, progress=Said())
    sys.exit(record.code)
