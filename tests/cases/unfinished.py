"""Interrupt restores over several connections between two of their steps."""

from __future__ import annotations

from collections.abc import Generator
from typing import Any

from snap.progress import Silent
from snap.store import Snapshot
from snap_restorer import Target
from snap_restorer.pg.guard import Guard
from snap_restorer.replace.parallel import replace_steps
from snap_restorer.request import Request
from snap_restorer.restore_job import RestoreJob
from snap_restorer.result import RestoreResult


def restoring(made: Snapshot, url: str, **options: Any) -> Generator[str, None, RestoreResult]:
    """Return a restore over two connections, to be run step by step."""
    request = Request(**{"jobs": 2, "lock_timeout_s": 1, "guard": Guard(yes=True), **options})
    return replace_steps(
        RestoreJob(snapshot=made, target=Target(url), request=request, shift_days=0, progress=Silent())
    )


def run_to(made: Snapshot, url: str, step: str, number: int = 1, **options: Any) -> Generator[str, None, RestoreResult]:
    """Run a restore until it names `step` for the `number`-th time; return the remaining steps."""
    steps = restoring(made, url, **options)
    while number:
        number -= next(steps) == step
    return steps


def cut_at(made: Snapshot, url: str, step: str, number: int = 1) -> None:
    """End a restore as a kill does: its sessions end, and what it dropped is not recreated."""
    run_to(made, url, step, number).close()
