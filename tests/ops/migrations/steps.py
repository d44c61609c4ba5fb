"""Provide a migrating step for tests and for a process to kill: python -m tests.ops.migrations.steps FOLDER"""

from __future__ import annotations

import os
import sys
from pathlib import Path

from snap.progress import Silent
from snap_ops.migrations.step import MigrateStep, MigrationSettings
from tests.ops.steps import night

ENVIRONMENT = {"PATH": os.environ["PATH"], "API_TOKEN": "tok-123456", "OTHER_URL": "https://me:hush-hush@example.com/"}
NOWHERE = "postgresql://me:se%20cret@nowhere.invalid/db"


def step(root: Path, *, after_reset: bool = False, **settings: object) -> MigrateStep:
    return MigrateStep(
        settings=MigrationSettings(**settings),  # type: ignore[arg-type]
        root=root,
        environment=ENVIRONMENT,
        after_reset=after_reset,
    )


class Printed(Silent):
    def note(self, message: str) -> None:
        print(message, flush=True)


if __name__ == "__main__":
    step(Path(sys.argv[1]), command="sh run.sh").run(night(NOWHERE, progress=Printed()))
