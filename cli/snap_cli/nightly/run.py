"""`snap nightly run`, and `snap nightly` alone: refresh a staging database, prove it, and report."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, ClassVar, Literal, cast

import typer

from snap.config import Settings
from snap.units import duration
from snap.version import __version__
from snap_cli import datasets
from snap_cli.command import Command
from snap_cli.context import Context
from snap_cli.guard import read_guard
from snap_cli.render import Grid, Line, TimedResult, View
from snap_cli.target import db_option, embedded, named

if TYPE_CHECKING:
    from snap_cli.forms.databases import NightForm, StepForm
    from snap_ops.night.configure import NightConfig, Project
    from snap_ops.record import NightRecord


Db = Annotated[
    str | None,
    db_option(
        "The database; else $SNAP_DB_URL, else db and direct_db of [target] in snap.toml, else the embedded Postgres."
    ),
]


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """The options of `snap nightly run`."""

    db: Db = None
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Say what each step would do, and change nothing.")] = False
    only: Annotated[tuple[str, ...], typer.Option(metavar="STEP", help="Run this step only; repeatable.")] = ()
    skip: Annotated[
        tuple[str, ...],
        typer.Option(
            metavar="STEP",
            help="Leave this step out; repeatable. --skip repair leaves an interrupted night's database as it is.",
        ),
    ] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class NightResult(TimedResult):
    """The result of a night. `report` is the file of its report page, or None."""

    record: NightRecord
    report: Path | None

    @property
    def code(self) -> int:
        return self.record.code

    def document(self) -> NightForm:
        report = None if self.report is None else str(self.report)
        return cast("NightForm", {**self.record.document(), "report": report})

    def view(self) -> View:
        lines: list[Any] = [
            Grid(
                columns=("step", "", "took", "what"),
                rows=tuple((step.name, step.state, duration(step.seconds), step.detail) for step in self.record.steps),
                right=frozenset({"took"}),
            )
        ]
        lines += failed_view(self.record)
        what = f"{self.record.version} in {self.record.addresses}, {duration(self.seconds)}"
        lines.append(
            Line(f"the night went well: {what}", "good") if self.record.ok else Line(f"the night failed: {what}", "bad")
        )
        if self.report is not None:
            lines.append(Line(f"report   {self.report}"))
        return tuple(lines)


def failed_view(record: NightRecord) -> View:
    """Return two lines for each failed step: the reason, and the hint on what to do."""
    lines: list[Line] = []
    for step in record.steps:
        if not step.ok:
            lines.append(Line(f"FAILED  {step.name}: {step.detail}", "bad"))
            if step.hint:
                lines.append(Line(f"        {step.hint}"))
    return tuple(lines)


@dataclass(frozen=True, slots=True, kw_only=True)
class PlanResult(TimedResult):
    """The plan of a night: what each step would do."""

    answer: ClassVar[bool] = True
    started: datetime
    version: str
    urls: tuple[str, ...]
    steps: tuple[tuple[str, tuple[str, ...]], ...]
    skipped: tuple[tuple[str, str], ...]

    def document(self) -> NightForm:
        return {
            "started": self.started.isoformat(),
            "seconds": round(self.seconds, 3),
            "version": self.version,
            "digest": "",
            "db": self.urls[0],
            "urls": list(self.urls),
            "snap_version": __version__,
            "ok": True,
            "rolled_back": "",
            "changes": None,
            "left": "",
            "usable": None,
            "last_good": None,
            "ci": None,
            "steps": [
                *(_step(name, "planned", "; ".join(lines)) for name, lines in self.steps),
                *(_step(name, "skipped", why) for name, why in self.skipped),
            ],
            "report": None,
        }

    def view(self) -> View:
        width = max(len(name) for name, _ in (*self.steps, *self.skipped))
        lines = [Line(f"the night would refresh {self.urls[0]} with {self.version}:", "strong")]
        lines += [
            Line(f"{name if i == 0 else '':<{width}}  {line}", hang=width + 2)
            for name, said in self.steps
            for i, line in enumerate(said)
        ]
        lines.extend(Line(f"{name:<{width}}  {why}", "dim", hang=width + 2) for name, why in self.skipped)
        lines.append(Line("nothing was changed", "dim"))
        return tuple(lines)


def _step(name: str, state: Literal["planned", "skipped"], detail: str) -> StepForm:
    """Return the JSON of a step that has not run."""
    return {
        "name": name,
        "ok": True,
        "state": state,
        "seconds": 0,
        "detail": detail,
        "warnings": [],
        "checks": [],
        "facts": {},
        "hint": "",
        "code": 0,
        "log": [],
    }


def run(options: Options, context: Context) -> NightResult | PlanResult:
    """Run a night, or plan it with --dry-run."""
    from snap_ops.night.afterwards import finish_night  # noqa: PLC0415
    from snap_ops.night.announce import announced  # noqa: PLC0415
    from snap_ops.night.ci import ci_run  # noqa: PLC0415
    from snap_ops.night.run import run_night  # noqa: PLC0415

    root, now = context.root(), datetime.now(UTC)
    if options.dry_run:
        return _planned(options, context, now)
    readable, ci = context.readable_settings(), ci_run(context.environment)
    with announced(
        readable, root=root, now=now, warn=context.warn, only=options.only, skip=options.skip, ci=ci
    ) as announcement:
        config = _configured(options, context)
        announcement.know(config.pipeline)
        with context.progress() as progress:
            record = run_night(config.pipeline, now=now, progress=progress)
    finished = finish_night(config, record, root=root, now=now, warnings=announcement.warnings, ci=ci)
    for warning in finished.warnings:
        context.warn(warning)
    return NightResult(record=finished.record, report=finished.report, seconds=context.seconds())


def _planned(options: Options, context: Context, now: datetime) -> PlanResult:
    """Return the plan of a night."""
    from snap_ops.night.pipeline import plan_night  # noqa: PLC0415

    config = _configured(options, context)
    with context.progress() as progress:
        steps = plan_night(config.pipeline, now=now, progress=progress)
    return PlanResult(
        started=now,
        version=config.pipeline.version,
        urls=config.pipeline.database.redacted,
        steps=(*steps, *_afterwards(context, config)),
        skipped=config.pipeline.skipped,
        seconds=context.seconds(),
    )


def _configured(options: Options, context: Context) -> NightConfig:
    from snap_ops.night.configure import configure  # noqa: PLC0415

    settings = context.settings()
    return configure(settings, project(options.db, context, settings), only=options.only, skip=options.skip)


def _afterwards(context: Context, config: NightConfig) -> tuple[tuple[str, tuple[str, ...]], ...]:
    report = (("report", config.report.plan(context.root())),) if config.report else ()
    notify = (("notify", config.notify.plan() or ("no recipient is set",)),) if config.notify else ()
    return (*report, *notify)


def project(db: str | None, context: Context, settings: Settings) -> Project:
    """Return the target database, by its direct address and through its pooler. The embedded Postgres is started."""
    from snap_ops.night.configure import Project  # noqa: PLC0415
    from snap_ops.night.pipeline import StagingDatabase  # noqa: PLC0415

    guard = read_guard(settings)
    target = named(context, db, settings)
    direct = named(context, db, settings, direct=True)
    if target is None or direct is None:
        target = direct = embedded(context, datasets.usual(context), create=True)
        guard = replace(guard, allowed=("*/*",))  # the embedded database belongs to the project
    return Project(
        root=context.root(),
        store=context.store(),
        database=StagingDatabase(target=target, direct=direct, guard=guard),
        datasets=datasets.DATASETS,
    )


COMMAND = Command(
    name="run",
    options=Options,
    run=run,
    help="""
    Refresh a staging database: back it up, reset it, migrate it, restore a snapshot, fill its bucket, check its health,
    and report. `snap nightly` alone does this too.

    Section [nightly] of snap.toml and the sections of the steps configure it; snap schema snap.toml describes
    them. The steps are backup, diff, survey, reset, migrate, restore, after_restore, losses, storage, health, drill,
    report and notify.

    If a night fails after it has changed the database, it puts the database back to its own backup. If a night is
    interrupted before its restore is verified and committed, the next night or `snap nightly repair` does so.
    """,
    short="Refresh a staging database.",
    example="snap nightly --dry-run",
    codes="""
        0 done
        1 done, and the database is not healthy
        3 the snapshot, its media or a backup is missing or corrupt
        4 the loaded data differ from the snapshot or the backup (rolled back)
        5 the database refused, or another night is under way
        6 Postgres, the bucket or the network failed, or a step exceeded its time limit""",
)
