"""`snap nightly`: a staging database that refreshes itself, proves it, and says so."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, ClassVar

import typer

from snap.config import Settings
from snap.units import duration
from snap_cli import datasets
from snap_cli.command import Command
from snap_cli.context import Context
from snap_cli.guard import read_guard
from snap_cli.render import Grid, Line, TimedResult, View
from snap_cli.target import db_option, embedded, named

if TYPE_CHECKING:
    from snap_ops.night.configure import NightConfig, Project
    from snap_ops.record import NightRecord


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """What `snap nightly` takes."""

    db: Annotated[
        str | None,
        db_option(
            "The database; else $SNAP_DB_URL, else db and direct_db of [target] in snap.toml, else the embedded "
            "Postgres."
        ),
    ] = None
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Say what each step would do, and change nothing.")] = False
    only: Annotated[tuple[str, ...], typer.Option(metavar="STEP", help="Run this step only; repeatable.")] = ()
    skip: Annotated[
        tuple[str, ...],
        typer.Option(
            metavar="STEP", help="Leave this step out; repeatable. repair: leave what a night that was cut did."
        ),
    ] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class NightResult(TimedResult):
    """What a night did. `report` is its page, None where there is none."""

    record: NightRecord
    report: Path | None

    @property
    def code(self) -> int:
        return self.record.code

    def document(self) -> dict[str, Any]:
        return {
            "version": self.record.version,
            "ok": self.record.ok,
            "steps": [
                {
                    "name": step.name,
                    "ok": step.ok,
                    "state": step.state,
                    "seconds": round(step.seconds, 3),
                    "detail": step.detail,
                }
                for step in self.record.steps
            ],
            "rolled_back": self.record.rolled_back,
            "report": None if self.report is None else str(self.report),
        }

    def view(self) -> View:
        lines: list[Any] = [
            Grid(
                columns=("step", "", "seconds", "what"),
                rows=tuple((step.name, step.state, f"{step.seconds:.2f}", step.detail) for step in self.record.steps),
                right=frozenset({"seconds"}),
            )
        ]
        for step in self.record.steps:
            if not step.ok:
                lines.append(Line(f"FAILED  {step.name}: {step.detail}", "bad"))
                if step.hint:
                    lines.append(Line(f"        {step.hint}"))
        what = f"{self.record.version} in {self.record.db}, {duration(self.seconds)}"
        lines.append(
            Line(f"the night went well: {what}", "good") if self.record.ok else Line(f"the night failed: {what}", "bad")
        )
        if self.report is not None:
            lines.append(Line(f"report   {self.report}"))
        return tuple(lines)


@dataclass(frozen=True, slots=True, kw_only=True)
class PlanResult(TimedResult):
    """What a night would do, by step."""

    answer: ClassVar[bool] = True
    version: str
    steps: tuple[tuple[str, tuple[str, ...]], ...]
    skipped: tuple[tuple[str, str], ...]

    def document(self) -> dict[str, Any]:
        return {
            "version": self.version,
            "ok": True,
            "steps": [
                {"name": name, "ok": True, "seconds": 0, "detail": "; ".join(lines)} for name, lines in self.steps
            ],
            "report": None,
        }

    def view(self) -> View:
        width = max(len(name) for name, _ in (*self.steps, *self.skipped))
        lines = [
            Line(f"{name if i == 0 else '':<{width}}  {line}")
            for name, said in self.steps
            for i, line in enumerate(said)
        ]
        lines.extend(Line(f"{name:<{width}}  {why}", "dim") for name, why in self.skipped)
        lines.append(Line("nothing was changed", "dim"))
        return tuple(lines)


def run(options: Options, context: Context) -> NightResult | PlanResult:
    """Run a night, or say what it would do."""
    from snap_ops.night.afterwards import finish_night  # noqa: PLC0415
    from snap_ops.night.configure import configure  # noqa: PLC0415
    from snap_ops.night.pipeline import plan_night  # noqa: PLC0415
    from snap_ops.night.run import run_night  # noqa: PLC0415

    settings = context.settings()
    config = configure(settings, _project(options, context, settings), only=options.only, skip=options.skip)
    now = datetime.now(UTC)
    with context.progress() as progress:
        if options.dry_run:
            steps = plan_night(config.pipeline, now=now, progress=progress)
            return PlanResult(
                version=config.pipeline.version,
                steps=(*steps, *_afterwards(context, config)),
                skipped=config.pipeline.skipped,
                seconds=context.seconds(),
            )
        record = run_night(config.pipeline, now=now, progress=progress)
        finished = finish_night(config, record, root=context.root(), now=now)
    for warning in finished.warnings:
        context.warn(warning)
    return NightResult(record=finished.record, report=finished.report, seconds=context.seconds())


def _afterwards(context: Context, config: NightConfig) -> tuple[tuple[str, tuple[str, ...]], ...]:
    report = (("report", config.report.plan(context.root())),) if config.report else ()
    notify = (("notify", config.notify.plan() or ("nobody is to be told",)),) if config.notify else ()
    return (*report, *notify)


def _project(options: Options, context: Context, settings: Settings) -> Project:
    """Return the database that is meant, by itself and through its pooler. The embedded one is started."""
    from snap_ops.night.configure import Project  # noqa: PLC0415
    from snap_ops.night.pipeline import StagingDatabase  # noqa: PLC0415

    target = named(context, options.db, settings)
    direct = named(context, options.db, settings, direct=True)
    owned = target is None or direct is None
    if target is None or direct is None:
        target = direct = embedded(context, datasets.DEFAULT, create=True)
    return Project(
        root=context.root(),
        store=context.store(),
        database=StagingDatabase(target=target, direct=direct, guard=read_guard(settings), owned=owned),
        datasets=datasets.DATASETS,
    )


COMMAND = Command(
    name="nightly",
    options=Options,
    run=run,
    help="""
    Back up a staging database, reset it, migrate, restore, fill its bucket, look whether all is well, and say so.

    Section [nightly] of snap.toml and those of the steps say how: docs/nightly/README.md. The steps are backup, diff,
    reset, migrate, restore, storage, health, report and notify. A night that fails once the database has changed puts
    it back from its own backup, and one that was cut is put back by the next.
    """,
    short="Refresh a staging database.",
    example="snap nightly --dry-run",
    codes="""
        0 done
        1 done, and the database is not healthy
        3 the snapshot, its media or a backup is missing or corrupt
        4 what was loaded or put back is not what it should be (rolled back)
        5 the database refused, or another night is under way
        6 Postgres, the bucket or the network failed, or a limit of time""",
    fields=("version", "ok", "steps: [{name, ok, state, seconds, detail}]", "rolled_back", "report", "seconds"),
)
