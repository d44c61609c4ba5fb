"""`snap nightly repair`: finish or roll back an interrupted night, and end."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import UTC, datetime

from snap_cli.command import Command
from snap_cli.context import Context
from snap_cli.nightly.run import Db, NightResult, failed_view, project
from snap_cli.render import Line, View


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """The options of `snap nightly repair`."""

    db: Db = None


@dataclass(frozen=True, slots=True, kw_only=True)
class RepairResult(NightResult):
    """The interrupted night and its repair: a record whose first step is repair."""

    def view(self) -> View:
        good = tuple(Line(step.detail, "good") for step in self.record.steps if step.ok)
        return (*good, *failed_view(self.record), Line(f"database {self.record.addresses}"))


def run(options: Options, context: Context) -> RepairResult:
    """Repair the interrupted night that the database's journal names."""
    from snap_ops.night.configure import configure  # noqa: PLC0415
    from snap_ops.night.run import run_night  # noqa: PLC0415

    settings = context.settings()
    pipeline = configure(settings, project(options.db, context, settings), only=("backup",)).pipeline
    alone = replace(
        pipeline, steps=(), skipped=(), preflight=(), resolve=lambda: context.store().resolve(pipeline.version)
    )  # the database is restored from a backup, so corrupt files of the snapshot do not matter
    with context.progress() as progress:
        record = run_night(alone, now=datetime.now(UTC), progress=progress)
    for step in record.steps:
        for warning in step.warnings:
            context.warn(warning)
    return RepairResult(record=record, report=None, seconds=context.seconds())


COMMAND = Command(
    name="repair",
    options=Options,
    run=run,
    help="""
    Finish an interrupted night, or put the database back.

    If the night's restore was verified and committed, nothing is put back. Otherwise snap makes a safety backup of the
    current state, names it, and puts the database back to that night's backup. The next `snap nightly` begins with the
    same repair, unless --only selects only steps that read.
    """,
    short="Finish an interrupted night, or put the database back.",
    example="snap nightly repair",
    codes="""
        0 nothing is left unfinished
        3 the backup is missing or corrupt
        4 the restored data differ from the backup (rolled back)
        5 the database refused, the interrupted night had made no backup, or another night is under way
        6 Postgres, the bucket or the network failed, for longer than wait in [nightly]""",
)
