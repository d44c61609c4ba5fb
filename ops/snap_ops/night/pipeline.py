"""What a night consists of: its steps in order, its database, its limits of time; and what it would do."""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime

from snap.errors import TargetError
from snap.manifest import Finding
from snap.progress import Progress
from snap.store import Snapshot
from snap_ops.step import Step, StepContext
from snap_restorer import PutBack, Target
from snap_restorer.pg import journal
from snap_restorer.pg.guard import NO_GUARD, Guard

CHANGING = ("reset", "migrate", "restore")
REPORTED = ("storage", "health")  # a failure there is reported, and the night goes on
ORDER = ("backup", "diff", *CHANGING, *REPORTED)


class NotAllowedError(TargetError):
    """The database is not one that snap.toml allows a night to change."""


@dataclass(frozen=True, slots=True, kw_only=True)
class StagingDatabase:
    """The database of a night. `direct` is the server where `target` may be a pooler; `owned`: it is embedded."""

    target: Target
    direct: Target
    guard: Guard = NO_GUARD
    owned: bool = False

    def require_allowed(self) -> None:
        """Raise NotAllowedError if the settings do not allow this database, TargetError if they protect it."""
        if not self.owned and not self.guard.on_list(self.direct):
            raise NotAllowedError(
                f"{self.direct.redacted} is not among the databases that snap.toml allows, and a night replaces "
                "its rows",
                "if it is the right one, add it to allowed under [target] as HOST/DATABASE",
            )


@dataclass(frozen=True, slots=True, kw_only=True)
class TimeLimits:
    """Seconds: of each step by name, of the whole night, and how long a night may be silent in its lease."""

    steps: Mapping[str, float]
    night_s: float
    lease_s: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Pipeline:
    """A night to run. `steps` are in order; `skipped` says why others are not among them, by name.

    `resolve` returns the snapshot, its files compared with their hashes. `put_back` takes a backup's id. `is_wrong`
    picks the findings that make a database worse than yesterday's. Without `repair` a night that was cut is forgotten,
    and not put back.
    """

    steps: tuple[Step, ...]
    skipped: tuple[tuple[str, str], ...]
    version: str
    resolve: Callable[[], Snapshot]
    database: StagingDatabase
    put_back: Callable[[StepContext, str], PutBack]
    is_wrong: Callable[[Finding], bool]
    limits: TimeLimits
    repair: bool = True

    def require_allowed(self) -> None:
        """Raise NotAllowedError or TargetError if a step may change the database and the settings forbid that."""
        if any(step.name in CHANGING for step in self.steps):
            self.database.require_allowed()

    def context(self, now: datetime, progress: Progress, number: int | None = None) -> StepContext:
        """Return what its steps share. Errors: SnapshotError when the snapshot is missing or corrupt."""
        return StepContext(
            snapshot=self.resolve(),
            target=self.database.target,
            direct=self.database.direct,
            now=now,
            progress=progress,
            stop=threading.Event(),
            number=number,
        )


def plan_night(pipeline: Pipeline, *, now: datetime, progress: Progress) -> tuple[tuple[str, tuple[str, ...]], ...]:
    """Return what a night would do, by step, and change nothing. Errors: SnapError, those that the night would meet."""
    pipeline.require_allowed()
    context = pipeline.context(now, progress)
    plan: list[tuple[str, tuple[str, ...]]] = []
    for cut in journal.unended(pipeline.database.direct):
        if cut.silent_s < pipeline.limits.lease_s:
            plan.append(("start", (f"a night of {cut.holder} seems to be under way; it would be waited for",)))
        elif cut.touched and pipeline.repair and cut.backup is not None:
            plan.append(("start", (f"put back backup {cut.backup}: the night of {cut.started:%Y-%m-%d} was cut",)))
            plan.extend((step.name, ("not known before that is done",)) for step in pipeline.steps)
            return tuple(plan)
    for step in pipeline.steps:
        plan.append((step.name, step.plan(context)))
        context = replace(context, done=(*context.done, step.name))
    return tuple(plan)
