"""`snap nightly`: a staging database that refreshes itself, proves it, and says so."""

from __future__ import annotations

import time
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, ClassVar

import typer

from snap.units import duration
from snap_cli import datasets
from snap_cli.context import Action, Config, Context, Json, Quiet, Root, epilog, given
from snap_cli.render import Grid, Line, Result, View

if TYPE_CHECKING:
    from snap_ops.night.configure import Config as NightConfig
    from snap_ops.night.configure import Place
    from snap_ops.record import NightRecord

EPILOG = epilog(
    example="snap nightly --dry-run",
    codes="""
        0 done
        1 done, and the database is not healthy
        3 the snapshot, its media or a backup is missing or corrupt
        4 what was loaded or put back is not what it should be (rolled back)
        5 the database refused, or another night is under way
        6 Postgres, the bucket or the network failed, or a limit of time""",
    fields=(
        "version",
        "ok",
        "steps: [{name, ok, state, seconds, detail}]",
        "rolled_back",
        "report",
        "seconds",
    ),
)
_TONES = {"failed": "bad", "skipped": "dim"}


@dataclass(frozen=True, slots=True, kw_only=True)
class NightResult(Result):
    """What a night did. `report` is its page, None where there is none."""

    record: NightRecord
    report: Path | None
    seconds: float

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
            "seconds": round(self.seconds, 3),
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
class PlanResult(Result):
    """What a night would do, by step."""

    answer: ClassVar[bool] = True
    version: str
    steps: tuple[tuple[str, tuple[str, ...]], ...]
    skipped: tuple[tuple[str, str], ...]
    seconds: float

    def document(self) -> dict[str, Any]:
        return {
            "version": self.version,
            "ok": True,
            "steps": [
                {"name": name, "ok": True, "seconds": 0, "detail": "; ".join(lines)} for name, lines in self.steps
            ],
            "report": None,
            "seconds": round(self.seconds, 3),
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


def nightly(
    ctx: typer.Context,
    db: Annotated[
        str | None,
        typer.Option(
            "--db",
            metavar="URL",
            help="The database; else $SNAP_DB_URL, else db and direct_db of [target] in snap.toml, else the embedded "
            "Postgres.",
        ),
    ] = None,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Say what each step would do, and change nothing.")
    ] = False,
    only: Annotated[list[str] | None, typer.Option(metavar="STEP", help="Run this step only; repeatable.")] = None,
    skip: Annotated[
        list[str] | None,
        typer.Option(
            metavar="STEP", help="Leave this step out; repeatable. repair: leave what a night that was cut did."
        ),
    ] = None,
    root: Root = None,
    config: Config = None,
    as_json: Json = False,
    quiet: Quiet = False,
) -> Action:
    """Back up a staging database, reset it, migrate, restore, fill its bucket, look whether all is well, and say so.

    Section [nightly] of snap.toml and those of the steps say how: docs/nightly/README.md. The steps are backup, diff,
    reset, migrate, restore, storage, health, report and notify. A night that fails once the database has changed puts
    it back from its own backup, and one that was cut is put back by the next.
    """
    run = partial(run_nightly, db=db, dry_run=dry_run, only=tuple(only or ()), skip=tuple(skip or ()))
    return Action(given(ctx, root, config, as_json, quiet), run)


def run_nightly(
    context: Context, *, db: str | None, dry_run: bool, only: tuple[str, ...], skip: tuple[str, ...]
) -> NightResult | PlanResult:
    """Run a night, or say what it would do."""
    from snap_ops.night import run
    from snap_ops.night.configure import configure

    began = time.monotonic()
    settings = context.settings()
    made = configure(settings.body, settings.origin(context.environment), _place(context, db), only=only, skip=skip)
    now = datetime.now(UTC)
    with context.progress() as progress:
        if dry_run:
            planned = run.plan(made.course, now=now, progress=progress)
            return PlanResult(
                version=made.course.version,
                steps=(*planned, *_afterwards(context, made)),
                skipped=made.course.skipped,
                seconds=time.monotonic() - began,
            )
        record = run.run(made.course, now=now, progress=progress)
        record, report = _told(context, made, record, now)
    return NightResult(record=record, report=report, seconds=time.monotonic() - began)


def _told(context: Context, made: NightConfig, record: NightRecord, now: datetime) -> tuple[NightRecord, Path | None]:
    """Write the report and tell people; what fails there is a warning and another step of the record."""
    from snap_ops.night.afterwards import end

    ended = end(made, record, root=context.root(), now=now)
    for warning in ended.warnings:
        context.warn(warning)
    return ended.record, ended.report


def _afterwards(context: Context, made: NightConfig) -> tuple[tuple[str, tuple[str, ...]], ...]:
    report = (("report", made.report.plan(context.root())),) if made.report else ()
    notify = (("notify", made.notify.plan() or ("nobody is to be told",)),) if made.notify else ()
    return (*report, *notify)


def _place(context: Context, flag: str | None) -> Place:
    """Return the database that is meant, by itself and through its pooler; the embedded one is started."""
    from snap_ops.night.configure import Place as Where
    from snap_restorer import Embedded, Target

    settings = context.settings()
    named = context.target_flag(flag)
    pair = (named, named) if named else settings.databases(context.environment)
    owned = pair is None
    if pair is None:
        embedded = Embedded(environment=context.environment)
        url = embedded.start().url(datasets.DEFAULT)
        embedded.ensure_database(datasets.DEFAULT)
        pair = (url, url)
    return Where(
        root=context.root(),
        store=context.store(),
        target=Target(pair[0]),
        direct=Target(pair[1]),
        datasets=datasets.DATASETS,
        guard=settings.guard(),
        owned=owned,
    )
