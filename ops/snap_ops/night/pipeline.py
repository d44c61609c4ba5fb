"""Describe a night: its steps in order, its database and its time limits, and plan what it would do."""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from snap.errors import TargetError
from snap.manifest import Finding
from snap.progress import Progress
from snap.store import Snapshot
from snap_ops.step import Step, StepContext
from snap_restorer import PutBack, Target
from snap_restorer.pg import journal
from snap_restorer.pg.guard import NO_GUARD, Guard
from snap_restorer.pg.one_database import require_one_database

CHANGING = ("reset", "migrate", "restore", "after_restore")
REPORTED = ("losses", "storage", "health", "drill")  # a failure there is reported, and the night goes on
ORDER = ("backup", "diff", "survey", *CHANGING, *REPORTED)


class NotAllowedError(TargetError):
    """Raised for a database that snap.toml does not allow a night to change."""


@dataclass(frozen=True, slots=True, kw_only=True)
class StagingDatabase:
    """The database of a night. `target` may be a pooler in transaction mode, `direct` must not be one."""

    target: Target
    direct: Target
    guard: Guard = NO_GUARD

    @property
    def urls(self) -> tuple[Target, ...]:
        """Return every distinct URL that a night uses."""
        return tuple(dict.fromkeys((self.direct, self.target)))

    @property
    def redacted(self) -> tuple[str, ...]:
        """Return every distinct URL without its secrets."""
        return tuple(dict.fromkeys(url.redacted for url in self.urls))

    def require_allowed(self) -> None:
        """Raise NotAllowedError if the database of a URL is not allowed, TargetError if it is protected."""
        for url in self.urls:
            if not self.guard.allows(url):
                raise NotAllowedError(
                    f"{url.redacted} is not among the databases that snap.toml allows, and a night replaces its rows",
                    "if it is the right one, mark it with snap db allow, or add it to allowed under [target] as "
                    "USER@HOST/DATABASE",
                )


@dataclass(frozen=True, slots=True, kw_only=True)
class TimeLimits:
    """The time limits of a night in seconds.

    `steps` has each step's limit by name, and `night_s` is for the whole night. After `lease_s` of silence the lease
    may be taken. `wait_s` is how long the night waits for a service that is away before it gives up putting the
    database back. Sessions that hold a lock and have been idle for `end_idle_s` are ended; with None, none is.
    """

    steps: Mapping[str, float]
    night_s: float
    lease_s: float
    wait_s: float
    end_idle_s: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Pipeline:
    """A night to run. `steps` are in order. `skipped` has the name of each other step and why it does not run.

    `resolve` returns the snapshot after checking its files' hashes. `put_back` takes the id of a backup. Before that,
    `save` makes a safety backup. `save` takes the same id and the time since the night began, and returns the new
    backup's id, or None if there is nothing to save. `is_wrong` selects the findings that make a database worse than
    yesterday's. `preflight` are read-only checks before the first step, with a SnapError if a later step would refuse.
    Without `repair`, an interrupted night is forgotten and not put back. With `repair` but without steps, only the
    repair runs.
    """

    steps: tuple[Step, ...]
    skipped: tuple[tuple[str, str], ...]
    version: str
    resolve: Callable[[], Snapshot]
    database: StagingDatabase
    put_back: Callable[[StepContext, str], PutBack]
    save: Callable[[StepContext, str, timedelta], str | None]
    is_wrong: Callable[[Finding], bool]
    limits: TimeLimits
    repair: bool = True
    preflight: tuple[Callable[[StepContext], None], ...] = ()

    @property
    def reads_only(self) -> bool:
        """Return whether no step changes the database. In that case no interrupted night is repaired either."""
        return bool(self.steps) and self.last_change is None

    @property
    def last_change(self) -> str | None:
        """Return the name of the last step that changes the database."""
        return next((step.name for step in reversed(self.steps) if step.name in CHANGING), None)

    def require_database(self) -> None:
        """Raise TargetError unless all URLs lead to one database, NotAllowedError if the night may not change it."""
        require_one_database(self.database.urls)
        if not self.reads_only:
            self.database.require_allowed()

    def context(self, now: datetime, progress: Progress, number: int | None = None) -> StepContext:
        """Return the values that all steps share. Errors: SnapshotError when the snapshot is missing or corrupt."""
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
    """Return what a night would do, by step, without any change. Errors: the SnapErrors that the night would raise."""
    pipeline.require_database()
    context = pipeline.context(now, progress)
    plan: list[tuple[str, tuple[str, ...]]] = []
    for cut in journal.unended(pipeline.database.direct):
        if cut.silent_s < pipeline.limits.lease_s:
            plan.append(("start", (f"a night of {cut.holder} seems to be under way; this night would wait for it",)))
        elif cut.unfinished and pipeline.repair and not pipeline.reads_only and cut.backup is not None:
            what = f"make a safety backup, then put back backup {cut.backup}"
            plan.append(("start", (f"{what}: the night of {cut.started:%Y-%m-%d} was cut",)))
            plan.extend((step.name, ("not known until that is done",)) for step in pipeline.steps)
            return tuple(plan)
    for check in pipeline.preflight:
        check(context)
    for step in pipeline.steps:
        plan.append((step.name, step.plan(context)))
        context = replace(context, done=(*context.done, step.name))
    return tuple(plan)
