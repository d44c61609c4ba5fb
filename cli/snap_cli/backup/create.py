"""`snap backup create`: back up a database."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from snap.units import duration, plural, size
from snap_cli.backup.target import Db, backup_target
from snap_cli.command import Command
from snap_cli.context import Context
from snap_cli.render import Line, TimedResult, View

if TYPE_CHECKING:
    from snap_ops.backup.sealed import Backup


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """What `snap backup create` takes."""

    db: Db = None


@dataclass(frozen=True, slots=True, kw_only=True)
class CreatedResult(TimedResult):
    """A backup that was made and read back."""

    backup: Backup
    place: str

    def document(self) -> dict[str, Any]:
        return {
            "id": self.backup.id,
            "db": self.backup.db,
            "place": self.place,
            "bytes": self.backup.bytes,
            "dumped_bytes": self.backup.dumped_bytes,
        }

    def view(self) -> View:
        backup = self.backup
        rows = sum(row[0] for row in backup.inventory.rows.values())
        facts = (
            f"{plural(rows, 'row')} in {plural(len(backup.inventory.rows), 'table')}",
            f"{size(backup.bytes)} of {size(backup.dumped_bytes)}",
            "read back",
            duration(self.seconds),
        )
        return (
            Line(f"backed up {backup.id}: {', '.join(facts)}", "good"),
            Line(f"database {backup.db}"),
            Line(f"place    {self.place}", "dim"),
        )


def run(options: Options, context: Context) -> CreatedResult:
    """Back up the database that is meant."""
    from snap_ops.backup.create import create_backup  # noqa: PLC0415
    from snap_ops.backup.step import BackupSettings  # noqa: PLC0415

    settings = context.settings()
    configured = settings.section(BackupSettings, "backup")
    repository = configured.open(context.root())
    target = backup_target(context, options.db, settings)
    with context.progress() as progress:
        backup = create_backup(
            repository,
            target,
            configured.dump(context.environment),
            now=datetime.now(UTC),
            progress=progress,
        )
    return CreatedResult(backup=backup, place=repository.shown, seconds=context.seconds())


COMMAND = Command(
    name="create",
    options=Options,
    run=run,
    help="""
    Back up a database into a folder or a bucket. `snap backup` alone does this too.

    A backup holds the schemas that section [backup] of snap.toml names, or all of the role's own, and is read back
    before it counts as one.
    """,
    short="Back up a database.",
    example="snap backup create --db postgresql://me@localhost/app_dev",
    codes="""
        0 done, and read back
        5 the database refused, or row security would leave the backup short, or a lock is held
        6 Postgres, the disk, the bucket or the network failed""",
    fields=("id", "db", "place", "bytes", "dumped_bytes", "seconds"),
)
