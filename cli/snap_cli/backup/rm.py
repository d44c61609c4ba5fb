"""`snap backup rm`: remove one backup."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated

import typer

from snap.config import Settings
from snap.errors import SnapError, TargetError, UsageError
from snap.units import size, some
from snap_cli.command import Command
from snap_cli.context import Context, Yes
from snap_cli.render import Line, TimedResult, View
from snap_cli.target import named

if TYPE_CHECKING:
    from snap_cli.forms.databases import BackupRemoveForm


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """The options of `snap backup rm`."""

    id: Annotated[str, typer.Argument(metavar="ID", help="A backup's id, or the beginning of it.", show_default=False)]
    yes: Yes = False


@dataclass(frozen=True, slots=True, kw_only=True)
class RemovedResult(TimedResult):
    """Whether the backup was removed, or kept because the user said no."""

    id: str
    removed: bool

    def document(self) -> BackupRemoveForm:
        return {"id": self.id, "removed": self.removed, "seconds": round(self.seconds, 3)}

    def view(self) -> View:
        return (Line(f"{'removed' if self.removed else 'kept'} {self.id}"),)


def run(options: Options, context: Context) -> RemovedResult:
    """Remove one backup after a confirmation. Its copies in other places stay, and a note says so.

    Errors: SnapshotError if there is no such backup; UsageError for more than one, or if nobody can be asked;
    TargetError if an unfinished night may have to restore the database of [target] to it; ServiceError.
    """
    from snap_ops.backup.retention import LATEST, find_backup, remove_backup  # noqa: PLC0415
    from snap_ops.backup.step import BackupSettings  # noqa: PLC0415

    if options.id == LATEST:
        raise UsageError(
            "latest does not name one backup: each new backup changes it", "name the backup by its id: snap backup list"
        )
    settings = context.settings()
    configured = settings.section(BackupSettings, "backup")
    repository = configured.open(context.root())
    copies = configured.open_copies(context.root(), repository)
    backup = find_backup(repository, options.id)
    _require_unneeded(backup.id, context, settings)
    question = f"Remove {backup.id} ({size(backup.bytes)}, of {backup.db})?"
    removed = options.yes or context.confirms(question, f"removing {backup.id}")
    if removed:
        remove_backup(repository, backup)
        if copies:
            context.note(f"its copies stay in {some([copy.shown for copy in copies])}")
    return RemovedResult(id=backup.id, removed=removed, seconds=context.seconds())


def _require_unneeded(backup: str, context: Context, settings: Settings) -> None:
    """Raise TargetError if an unfinished night would restore the database to this backup."""
    from snap_restorer.pg import journal  # noqa: PLC0415

    try:
        target = named(context, None, settings, direct=True)
        if target is None:
            return
        nights = journal.unended(target)
    except SnapError as error:
        context.warn(f"cannot tell whether an unfinished night needs backup {backup}: {error.message}")
        return
    for night in nights:
        if night.backup == backup and night.unfinished:
            raise TargetError(
                f"the night of {night.started:%Y-%m-%d %H:%M} is unfinished, and needs backup {backup} to put "
                f"{target.redacted} back",
                "run: snap nightly repair",
            )


COMMAND = Command(
    name="rm",
    options=Options,
    run=run,
    help="Remove one backup. Its second copies stay until no rule of section [backup] keeps them.",
    short="Remove one backup.",
    example="snap backup rm 20261123T030000Z --yes",
    codes="""
        0 removed, or kept because you said no
        3 there is no such backup, or its record is corrupt
        5 an unfinished night needs it to put the database back
        6 the disk, the bucket or the network failed""",
)
