"""Turn the sections of snap.toml into a night: its steps, their order and their limits of time."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field, fields, replace
from datetime import timedelta
from pathlib import Path

from snap.config import Settings
from snap.errors import UsageError
from snap.media import require_media
from snap.store import Snapshot, Store
from snap.verify import require_intact
from snap_ops.backup.step import BackupSettings, BackupStep
from snap_ops.health.check import is_integrity
from snap_ops.health.settings import Datasets, HealthSettings
from snap_ops.health.step import HealthStep
from snap_ops.migrations.step import MigrateStep, MigrationSettings
from snap_ops.night.diff import DiffStep
from snap_ops.night.pipeline import ORDER, Pipeline, StagingDatabase, TimeLimits
from snap_ops.night.reset import ResetSettings, ResetStep
from snap_ops.night.restore import RestoreSettings, RestoreStep
from snap_ops.notify import NotifySettings
from snap_ops.report import ReportSettings
from snap_ops.step import Step, StepContext
from snap_ops.storage import StorageSettings, StorageStep
from snap_restorer import PutBack
from snap_restorer.schemas import history
from snap_restorer.schemas.reset import require_resettable

AFTERWARDS = ("report", "notify")
STEPS = (*ORDER, *AFTERWARDS)
REPAIR = "repair"  # what a night begins with after one that was cut; --skip may name it, [nightly] may not
_EMPTYING = {"reset", "migrate"}  # what they do is undone by a backup only


@dataclass(frozen=True, slots=True, kw_only=True)
class StepLimits:
    """Section [nightly.limits]: how long each step may take."""

    backup: timedelta = timedelta(minutes=15)
    diff: timedelta = timedelta(minutes=5)
    reset: timedelta = timedelta(minutes=5)
    migrate: timedelta = timedelta(minutes=10)
    restore: timedelta = timedelta(minutes=15)
    storage: timedelta = timedelta(minutes=10)
    health: timedelta = timedelta(minutes=5)


@dataclass(frozen=True, slots=True, kw_only=True)
class NightlySettings:
    """Section [nightly]. `lease` is how long a night may be silent before another one takes it for dead."""

    version: str
    skip: tuple[str, ...] = ()
    limit: timedelta = timedelta(minutes=45)
    limits: StepLimits = field(default_factory=StepLimits)
    lease: timedelta = timedelta(seconds=30)

    def time_limits(self) -> TimeLimits:
        """Return the limits in seconds. Errors: UsageError for a time of nothing."""
        steps = {step.name: getattr(self.limits, step.name).total_seconds() for step in fields(StepLimits)}
        limits = TimeLimits(steps=steps, night_s=self.limit.total_seconds(), lease_s=self.lease.total_seconds())
        for name, seconds in {**steps, "limit": limits.night_s, "lease": limits.lease_s}.items():
            if seconds <= 0:
                raise UsageError(f"{name} in [nightly] is no time", "write a time such as '10 min'")
        return limits


@dataclass(frozen=True, slots=True, kw_only=True)
class Project:
    """Where a night works. `datasets` are all known ones, by name: they ship what a living database is asked."""

    root: Path
    store: Store
    database: StagingDatabase
    datasets: Datasets


@dataclass(frozen=True, slots=True, kw_only=True)
class NightConfig:
    """A night, and what follows it; `report` and `notify` are None where they are skipped."""

    pipeline: Pipeline
    report: ReportSettings | None
    notify: NotifySettings | None


def configure(
    settings: Settings, project: Project, *, only: Sequence[str] = (), skip: Sequence[str] = ()
) -> NightConfig:
    """Read every section, and return the night with `only` some of its steps, or without those to `skip`.

    Nothing is asked of a server yet. Errors: UsageError for what cannot be: unknown settings and steps, times of
    nothing, secrets that are not set.
    """
    if "nightly" not in settings:
        raise UsageError(
            f"{settings.origin.file} has no section [nightly], so it is not said which version a night restores",
            'write [nightly] and version = "v3"; docs/nightly/README.md has a whole example',
        )
    nightly = settings.section(NightlySettings, "nightly")
    limits = nightly.time_limits()
    wanted = _wanted(only, (*nightly.skip, *(name for name in skip if name != REPAIR)))
    possible = _steps(settings, project, wanted)
    backup = _backup(settings, project, possible["reset"], wanted)
    possible["backup"] = backup

    def put_back(context: StepContext, name: str) -> PutBack:
        result = backup.put_back(context, name)
        if possible["migrate"] is not None and history.SCHEMA not in result.schemas:
            history.forget_all(context.direct)  # when the backup was made, there was none
        return result

    steps = tuple(step for name in ORDER if (step := possible[name]) is not None and name in wanted)
    names = {step.name for step in steps}
    _require_backup(names, only, nightly.skip)
    report, notify = settings.section(ReportSettings, "report"), settings.section(NotifySettings, "notify")
    report.plan(project.root)
    notify.plan()
    return NightConfig(
        pipeline=Pipeline(
            steps=steps,
            skipped=tuple(
                (name, "not asked for" if name not in wanted else "not configured")
                for name in ORDER
                if name not in names
            ),
            version=nightly.version,
            resolve=lambda: _snapshot(project.store, nightly.version, media="storage" in names),
            database=project.database,
            put_back=put_back,
            is_wrong=is_integrity,
            limits=limits,
            repair=REPAIR not in skip,
        ),
        report=report if "report" in wanted else None,
        notify=notify if "notify" in wanted else None,
    )


def _backup(settings: Settings, project: Project, reset: Step | None, wanted: Collection[str]) -> BackupStep:
    backup = settings.section(BackupSettings, "backup")
    if "backup" in wanted:
        backup.open(project.root)
    required = reset.touched if isinstance(reset, ResetStep) and "reset" in wanted else ()
    return BackupStep(settings=backup, root=project.root, environment=settings.origin.environment, required=required)


def _steps(settings: Settings, project: Project, wanted: Collection[str]) -> dict[str, Step | None]:
    """Return every step by its name; None where nothing of it is configured.

    What is not wanted needs no secret, folder or program. Errors: UsageError for what cannot be.
    """
    storage = settings.section(StorageSettings, "storage")
    restore = settings.section(RestoreSettings, "restore")
    reset = settings.section(ResetSettings, "reset")
    migrations = settings.section(MigrationSettings, "migrations")
    health = settings.section(HealthSettings, "health")
    require_resettable((*reset.schemas, *reset.drop))
    resets = "reset" in settings and "reset" in wanted
    migrate = MigrateStep(
        settings=migrations, root=project.root, environment=settings.origin.environment, after_reset=resets
    )
    if "migrate" in wanted and migrations.configured:
        migrate.require_possible()
    if "health" in wanted:
        health.require_sense()
    if "storage" in wanted and storage.configured:
        storage.open().close()  # its settings and secrets are there
    return {
        "backup": None,
        "diff": DiffStep(resolve=project.store.resolve, trust_code=restore.trust_code),
        "reset": ResetStep(
            settings=reset,
            migrates=migrations.configured and "migrate" in wanted,
            guard=replace(project.database.guard, allowed=None) if project.database.owned else project.database.guard,
        )
        if "reset" in settings and (reset.schemas or reset.drop)
        else None,
        "migrate": migrate if migrations.configured else None,
        "restore": RestoreStep(settings=restore, guard=project.database.guard),
        "storage": StorageStep(settings=storage) if storage.configured else None,
        "health": HealthStep(settings=health, datasets=project.datasets, trust_code=restore.trust_code),
    }


def _wanted(only: Collection[str], skip: Collection[str]) -> frozenset[str]:
    """Return the names of the steps to run; `only` counts before `skip`. Errors: UsageError."""
    for name in (*only, *skip):
        if name not in STEPS:
            raise UsageError(f"a night has no step {name!r}", f"its steps are: {', '.join(STEPS)}")
    return frozenset(only) if only else frozenset(STEPS) - frozenset(skip)


def _require_backup(names: Collection[str], only: Collection[str], skip: Collection[str]) -> None:
    """Raise UsageError if a database would be emptied without a backup and nobody asked for that explicitly."""
    emptying = [name for name in ORDER if name in names and name in _EMPTYING]
    if emptying and "backup" not in names and not only and "backup" not in skip:
        raise UsageError(
            f"without a backup nothing can put back what {' and '.join(emptying)} would do",
            'write skip = ["backup"] into [nightly] for a database that nobody misses',
            option="skip",
        )


def _snapshot(store: Store, version: str, *, media: bool) -> Snapshot:
    snapshot = store.resolve(version)
    require_intact(snapshot)
    if media and snapshot.manifest.media:
        require_media(snapshot)
    return snapshot
