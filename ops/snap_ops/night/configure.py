"""Turn the sections of snap.toml into a night: its steps, their order and their limits of time."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, fields
from datetime import timedelta
from pathlib import Path

from snap.config import COMMON, Settings
from snap.errors import UsageError
from snap.media import require_media
from snap.store import Snapshot, Store
from snap.verify import require_intact
from snap_ops.backup.drill_step import DrillStep
from snap_ops.backup.step import BackupSettings, BackupStep
from snap_ops.health.check import is_integrity
from snap_ops.health.settings import Datasets, HealthSettings
from snap_ops.health.step import HealthStep
from snap_ops.losses.step import LossesStep, SurveyStep
from snap_ops.migrations.after_restore import AfterRestoreSettings, AfterRestoreStep
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
REPAIR = "repair"  # the first step after an interrupted night; --skip may name it, [nightly] may not
_EMPTYING = {"reset", "migrate"}  # only a backup can undo these


@dataclass(frozen=True, slots=True, kw_only=True)
class StepLimits:
    """Section [nightly.limits]: how long each step may take."""

    backup: timedelta = timedelta(minutes=15)
    diff: timedelta = timedelta(minutes=5)
    survey: timedelta = timedelta(minutes=5)
    reset: timedelta = timedelta(minutes=5)
    migrate: timedelta = timedelta(minutes=10)
    restore: timedelta = timedelta(minutes=15)
    after_restore: timedelta = timedelta(minutes=10)
    losses: timedelta = timedelta(minutes=5)
    storage: timedelta = timedelta(minutes=10)
    health: timedelta = timedelta(minutes=5)
    drill: timedelta = timedelta(minutes=15)


@dataclass(frozen=True, slots=True, kw_only=True)
class NightlySettings:
    """Section [nightly]. A night that is silent for the time `lease` may be taken for dead by another night.

    `wait` is how long the night waits for a server or a bucket that is away, before it gives up putting the database
    back. `end_idle`: while a step waits for a lock, sessions that hold one and have been idle in a transaction for so
    long are ended; without it none is.
    """

    version: str
    skip: tuple[str, ...] = ()
    limit: timedelta = timedelta(minutes=45)
    limits: StepLimits = field(default_factory=StepLimits)
    lease: timedelta = timedelta(seconds=30)
    wait: timedelta = timedelta(minutes=5)
    end_idle: timedelta | None = None

    def time_limits(self) -> TimeLimits:
        """Return the limits in seconds. Errors: UsageError for a time of 0 or less."""
        steps = {step.name: getattr(self.limits, step.name).total_seconds() for step in fields(StepLimits)}
        whole = {name: getattr(self, name).total_seconds() for name in ("limit", "lease", "wait")}
        idle = {} if self.end_idle is None else {"end_idle": self.end_idle.total_seconds()}
        limits = TimeLimits(
            steps=steps,
            night_s=whole["limit"],
            lease_s=whole["lease"],
            wait_s=whole["wait"],
            end_idle_s=idle.get("end_idle"),
        )
        for name, seconds in {**steps, **whole, **idle}.items():
            if seconds <= 0:
                raise UsageError(f"{name} in [nightly] is no time", "write a time such as '10 min'")
        return limits


SETTINGS: Mapping[str, type] = {  # the dataclass of each section of snap.toml
    **COMMON,
    "nightly": NightlySettings,
    "backup": BackupSettings,
    "reset": ResetSettings,
    "migrations": MigrationSettings,
    "restore": RestoreSettings,
    "after_restore": AfterRestoreSettings,
    "storage": StorageSettings,
    "health": HealthSettings,
    "notify": NotifySettings,
    "report": ReportSettings,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Project:
    """The project that a night works in. `datasets` are all known datasets by name, which bring the health queries."""

    root: Path
    store: Store
    database: StagingDatabase
    datasets: Datasets


@dataclass(frozen=True, slots=True, kw_only=True)
class NightConfig:
    """A night, and the settings of its report and messages. `report` and `notify` are None if they are skipped."""

    pipeline: Pipeline
    report: ReportSettings | None
    notify: NotifySettings | None


def configure(
    settings: Settings, project: Project, *, only: Sequence[str] = (), skip: Sequence[str] = ()
) -> NightConfig:
    """Read every section, and return the night with `only` these steps, or without the steps to `skip`.

    No server is asked. Errors: UsageError for settings that cannot work: unknown settings and steps, times of 0,
    secrets that are not set.
    """
    if "nightly" not in settings:
        raise UsageError(
            f"{settings.origin.file} has no section [nightly], which says what version a night restores",
            'write a line [nightly], and below it the version that the night restores: version = "v3"',
        )
    nightly = settings.section(NightlySettings, "nightly")
    limits = nightly.time_limits()
    wanted = _wanted(only, (*nightly.skip, *(name for name in skip if name != REPAIR)))
    possible = _steps(settings, project, wanted)
    backup = _backup(settings, project, possible["reset"], wanted)
    possible["backup"] = backup
    possible["drill"] = (
        _drill(backup) if backup.settings.drill_days and ("backup" in wanted or "drill" in only) else None
    )

    def put_back(context: StepContext, name: str) -> PutBack:
        result = backup.put_back(context, name)
        if possible["migrate"] is not None and history.SCHEMA not in result.schemas:
            history.forget_all(context.direct)  # when the backup was made, there was no history
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
            save=backup.save,
            is_wrong=is_integrity,
            limits=limits,
            repair=REPAIR not in skip,
            preflight=tuple(
                step.require_parseable for step in steps if isinstance(step, AfterRestoreStep | HealthStep)
            ),
        ),
        report=report if "report" in wanted else None,
        notify=notify if "notify" in wanted else None,
    )


def _backup(settings: Settings, project: Project, reset: Step | None, wanted: Collection[str]) -> BackupStep:
    backup = settings.section(BackupSettings, "backup")
    if "backup" in wanted:
        backup.open(project.root)
    required = reset.touched if isinstance(reset, ResetStep) and "reset" in wanted else ()
    return BackupStep(
        settings=backup,
        root=project.root,
        environment=settings.origin.environment,
        required=required,
        trust_code=settings.section(RestoreSettings, "restore").trust_code,
    )


def _drill(backup: BackupStep) -> DrillStep:
    return DrillStep(
        settings=backup.settings, root=backup.root, environment=backup.environment, trust_code=backup.trust_code
    )


def _steps(settings: Settings, project: Project, wanted: Collection[str]) -> dict[str, Step | None]:
    """Return every step by its name. A step without settings is None.

    A step that is not wanted needs no secret, folder or program. Errors: UsageError for settings that cannot work.
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
    after = AfterRestoreStep(
        settings=settings.section(AfterRestoreSettings, "after_restore"),
        root=project.root,
        environment=settings.origin.environment,
    )
    if "after_restore" in wanted:
        after.require_possible()
    if "health" in wanted:
        health.require_sense()
    if "storage" in wanted and storage.configured:
        storage.open().close()  # its settings and secrets are there
    return {
        "backup": None,
        "drill": None,
        "diff": DiffStep(
            resolve=project.store.resolve,
            trust_code=restore.trust_code,
            samples=settings.section(ReportSettings, "report").samples if "report" in wanted else "none",
        ),
        "survey": SurveyStep(resolve=project.store.resolve, schemas=(*reset.schemas, *reset.drop) if resets else ()),
        "reset": ResetStep(
            settings=reset,
            compared={"survey", "losses"} <= set(wanted),
            migrates=migrations.configured and "migrate" in wanted,
            guard=project.database.guard,
        )
        if "reset" in settings and (reset.schemas or reset.drop)
        else None,
        "migrate": migrate if migrations.configured else None,
        "restore": RestoreStep(settings=restore, guard=project.database.guard),
        "after_restore": after if after.settings.configured else None,
        "losses": LossesStep() if "survey" in wanted else None,
        "storage": StorageStep(settings=storage) if storage.configured else None,
        "health": HealthStep(settings=health, datasets=project.datasets, trust_code=restore.trust_code),
    }


def _wanted(only: Collection[str], skip: Collection[str]) -> frozenset[str]:
    """Return the names of the steps to run: `only` if it is given, else all except `skip`. Errors: UsageError."""
    for name in (*only, *skip):
        if name not in STEPS:
            raise UsageError(f"a night has no step {name!r}", f"its steps are: {', '.join(STEPS)}")
    return frozenset(only) if only else frozenset(STEPS) - frozenset(skip)


def _require_backup(names: Collection[str], only: Collection[str], skip: Collection[str]) -> None:
    """Raise UsageError if a database would be emptied without a backup and nobody asked for that explicitly."""
    emptying = [name for name in ORDER if name in names and name in _EMPTYING]
    if emptying and "backup" not in names and not only and "backup" not in skip:
        raise UsageError(
            f"without a backup, what {' and '.join(emptying)} would remove cannot be put back",
            'write skip = ["backup"] into [nightly] for a database that nobody misses',
            option="skip",
        )


def _snapshot(store: Store, version: str, *, media: bool) -> Snapshot:
    snapshot = store.resolve(version)
    require_intact(snapshot)
    if media and snapshot.manifest.media:
        require_media(snapshot)
    return snapshot
