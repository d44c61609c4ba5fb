"""`snap backup list`: list the backups."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from snap.errors import SnapshotError
from snap.units import size
from snap_cli.command import Command, NoOptions
from snap_cli.context import Context
from snap_cli.render import Grid, Line, Result, View

if TYPE_CHECKING:
    from snap_cli.forms.databases import BackupListForm
    from snap_ops.backup.sealed import Backup


@dataclass(frozen=True, slots=True, kw_only=True)
class ListedResult(Result):
    """All backups that can be restored, oldest first, and the records that cannot be read."""

    answer: ClassVar[bool] = True
    backups: tuple[Backup, ...]
    broken: tuple[str, ...]
    place: str

    @property
    def failure(self) -> SnapshotError | None:
        if not self.broken:
            return None
        return SnapshotError(f"cannot be restored: {'; '.join(self.broken)}", f"look at them in {self.place}")

    def document(self) -> BackupListForm:
        return {
            "backups": [
                {
                    "id": backup.id,
                    "started": backup.started.isoformat(timespec="seconds").replace("+00:00", "Z"),
                    "bytes": backup.bytes,
                    "db": backup.db,
                    "version": backup.version,
                    "pg_dump": backup.client,
                    "safety": backup.safety,
                }
                for backup in self.backups
            ]
        }

    def view(self) -> View:
        if not self.backups:
            return (Line(f"there is no backup in {self.place} yet; run: snap backup"),)
        rows = tuple(
            (
                backup.id,
                f"{backup.started:%Y-%m-%d %H:%M:%S}",
                size(backup.bytes),
                str(backup.client),
                backup.version or "",
                f"{backup.db} (safety backup)" if backup.safety else backup.db,
            )
            for backup in self.backups
        )
        columns = ("id", "started", "size", "pg_dump", "version", "database")
        return (Grid(columns=columns, rows=rows, right=frozenset({"size", "pg_dump"})),)


def run(_options: NoOptions, context: Context) -> ListedResult:
    """List the backups that can be restored."""
    from snap_ops.backup.retention import explain, list_backups  # noqa: PLC0415
    from snap_ops.backup.step import BackupSettings  # noqa: PLC0415

    repository = context.settings().section(BackupSettings, "backup").open(context.root())
    readable, broken = list_backups(repository)
    return ListedResult(
        backups=readable, broken=tuple(explain(repository, name) for name in broken), place=repository.shown
    )


COMMAND = Command(
    name="list",
    options=NoOptions,
    run=run,
    help="List the backups, oldest first.",
    example="snap backup list",
    codes="""
        0 done
        3 a record is corrupt; the others are listed
        6 the disk, the bucket or the network failed""",
)
