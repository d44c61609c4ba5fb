"""Start clones and look at their state."""

from __future__ import annotations

from typing import Any

from snap.progress import Silent
from snap.store import Snapshot
from snap_restorer import Target
from snap_restorer.clones import databases
from snap_restorer.clones.cloning import clone_steps
from snap_restorer.clones.job import CloneJob
from snap_restorer.request import Request
from tests.postgres import execute


def leftovers(admin: str) -> list[str]:
    found = execute(admin, "SELECT datname FROM pg_database WHERE datname ~ '^snap_(new|old)_'")
    return [name for (name,) in found]


def oid(url: str) -> int:
    return execute(url, "SELECT oid::bigint FROM pg_database WHERE datname = current_database()")[0][0]


def job(small: Snapshot, url: str, **options: Any) -> CloneJob:
    target = Target(url)
    request = Request(**{"lock_timeout_s": 1, **options})
    name = databases.name_of(target)
    return CloneJob(snapshot=small, target=target, name=name, request=request, shift_days=0, progress=Silent())


def run_to(small: Snapshot, url: str, step: str) -> Any:
    """Start a clone and stop after `step`; return the remaining steps."""
    steps = clone_steps(job(small, url))
    while next(steps) != step:
        pass
    return steps
