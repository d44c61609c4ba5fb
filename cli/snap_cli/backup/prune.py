"""`snap backup prune`: remove old backups."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from snap.units import plural
from snap_cli.command import Command, NoOptions
from snap_cli.context import Context
from snap_cli.render import Line, TimedResult, View

if TYPE_CHECKING:
    from snap_cli.forms.databases import BackupPruneForm
    from snap_ops.backup.retention import Pruned


@dataclass(frozen=True, slots=True, kw_only=True)
class PrunedResult(TimedResult):
    """The removed backups, and the number of backups kept."""

    pruned: Pruned

    def document(self) -> BackupPruneForm:
        return {
            "removed": list(self.pruned.removed),
            "kept": self.pruned.kept,
            "seconds": round(self.seconds, 3),
        }

    def view(self) -> View:
        return (
            *(Line(f"removed {name}") for name in self.pruned.removed),
            Line(f"{plural(self.pruned.kept, 'backup')} kept"),
        )


def run(_options: NoOptions, context: Context) -> PrunedResult:
    """Remove the backups that no rule keeps, and the files that interrupted runs left."""
    from snap_ops.backup.retention import prune_backups  # noqa: PLC0415
    from snap_ops.backup.step import BackupSettings  # noqa: PLC0415

    configured = context.settings().section(BackupSettings, "backup")
    pruned = prune_backups(configured.open(context.root()), keep=configured.keep(), now=datetime.now(UTC))
    return PrunedResult(pruned=pruned, seconds=context.seconds())


COMMAND = Command(
    name="prune",
    options=NoOptions,
    run=run,
    help="Remove the backups that no keep_… setting of section [backup] keeps, and the files of interrupted runs.",
    short="Remove old backups.",
    example="snap backup prune",
    codes="""
        0 done
        6 the disk, the bucket or the network failed""",
)
