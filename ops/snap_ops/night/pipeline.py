"""What a night consists of: its steps in order, its database, its limits of time; and what it would do."""

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
    """The database is not one that snap.toml allows a night to change."""


@dataclass(frozen=True, slots=True, kw_only=True)
class StagingDatabase:
    """The database of a night. `target` may be a pooler in transaction mode, `direct` not."""

    target: Target
    direct: Target
    guard: Guard = NO_GUARD

    @property
    def urls(self) -> tuple[Target, ...]:
        """Return every URL that a night uses, once."""
        return tuple(dict.fromkeys((self.direct, self.target)))

    @property
    def redacted(self) -> tuple[str, ...]:
        """Return every URL without its secrets, once."""
        return tuple(dict.fromkeys(url.redacted for url in self.urls))

    def require_allowed(self) -> None:
        """Raise NotAllowedError if one of the URLs is not of an allowed database, TargetError if one is protected."""
        for url in self.urls:
            if not self.guard.allows(url):
                raise NotAllowedError(
                    f"{url.redacted} is not among the databases that snap.toml allows, and a night replaces its rows",
                    "if it is the right one, mark it with snap db allow, or add it to allowed under [target] as "
                    "USER@HOST/DATABASE",
                )


@dataclass(frozen=True, slots=True, kw_only=True)
class TimeLimits:
    """Seconds: of each step by name, of the whole night, how long a night may be silent in its lease, and how long a
    service that is away is waited for before the database is not put back. Sessions that hold a lock and have been idle
    for `end_idle_s` are ended, None: none are."""

    steps: Mapping[str, float]
    night_s: float
    lease_s: float
    wait_s: float
    end_idle_s: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Pipeline:
    """A night to run. `steps` are in order; `skipped` says why others are not among them, by name.

    `resolve` returns the snapshot, its files compared with their hashes. `put_back` takes a backup's id. `save` makes a
    safety backup before that: it takes the same id and the time since the night began, and returns the new id, or None
    where there is nothing to save. `is_wrong` picks the findings that make a database worse than yesterday's.
    `preflight` are checks that read only, before the first step: SnapError where a later step would refuse. Without
    `repair` a night that was cut is forgotten, and not put back; with it, but without steps, nothing else is done.
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
        """Whether all that the night does leaves the database as it is: so it repairs nothing either."""
        return bool(self.steps) and self.last_change is None

    @property
    def last_change(self) -> str | None:
        """Return the name of the last step that changes the database."""
        return next((step.name for step in reversed(self.steps) if step.name in CHANGING), None)

    def require_database(self) -> None:
        """Raise TargetError unless all URLs are proved to be one database, and NotAllowedError or TargetError if the
        night may change it and the settings forbid that."""
        require_one_database(self.database.urls)
        if not self.reads_only:
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
    pipeline.require_database()
    context = pipeline.context(now, progress)
    plan: list[tuple[str, tuple[str, ...]]] = []
    for cut in journal.unended(pipeline.database.direct):
        if cut.silent_s < pipeline.limits.lease_s:
            plan.append(("start", (f"a night of {cut.holder} seems to be under way; it would be waited for",)))
        elif cut.unfinished and pipeline.repair and not pipeline.reads_only and cut.backup is not None:
            what = f"make a safety backup, then put back backup {cut.backup}"
            plan.append(("start", (f"{what}: the night of {cut.started:%Y-%m-%d} was cut",)))
            plan.extend((step.name, ("not known before that is done",)) for step in pipeline.steps)
            return tuple(plan)
    for check in pipeline.preflight:
        check(context)
    for step in pipeline.steps:
        plan.append((step.name, step.plan(context)))
        context = replace(context, done=(*context.done, step.name))
    return tuple(plan)
