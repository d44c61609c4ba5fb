"""`snap backup create`: back up a database."""

from __future__ import annotations

import threading
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from snap.errors import ServiceError
from snap.units import duration, plural, size
from snap_cli.backup.target import Db, TrustCode, backup_target
from snap_cli.command import Command
from snap_cli.context import Context
from snap_cli.render import Line, TimedResult, View

if TYPE_CHECKING:
    from snap_cli.forms.databases import BackupCreateForm
    from snap_ops.backup.sealed import Backup


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """The options of `snap backup create`."""

    db: Db = None
    trust_code: TrustCode = False


@dataclass(frozen=True, slots=True, kw_only=True)
class CreatedResult(TimedResult):
    """A backup that was made and read back for verification."""

    backup: Backup
    place: str
    copies: tuple[str, ...] = ()
    incomplete: tuple[str, ...] = ()

    @property
    def failure(self) -> ServiceError | None:
        if not self.incomplete:
            return None
        return ServiceError(
            f"backup {self.backup.id} is made; {'; '.join(self.incomplete)}",
            "the next backup completes the copy",
        )

    def document(self) -> BackupCreateForm:
        return {
            "id": self.backup.id,
            "db": self.backup.db,
            "place": self.place,
            "copies": list(self.copies),
            "bytes": self.backup.bytes,
            "dumped_bytes": self.backup.dumped_bytes,
            "seconds": round(self.seconds, 3),
        }

    def view(self) -> View:
        backup = self.backup
        rows = sum(row[0] for row in backup.inventory.rows.values())
        facts = (
            f"{plural(rows, 'row')} in {plural(len(backup.inventory.rows), 'table')}",
            f"{size(backup.bytes)} compressed from {size(backup.dumped_bytes)}",
            "read back",
            duration(self.seconds),
        )
        return (
            Line(f"backed up {backup.id}: {', '.join(facts)}", "good"),
            Line(f"database {backup.db}"),
            Line(f"place    {self.place}", "dim"),
            *(Line(f"copy     {place}", "dim") for place in self.copies),
        )


def run(options: Options, context: Context) -> CreatedResult:
    """Back up the target database."""
    from snap_ops.backup.copies import make_copies  # noqa: PLC0415
    from snap_ops.backup.create import create_backup  # noqa: PLC0415
    from snap_ops.backup.dating import agreed  # noqa: PLC0415
    from snap_ops.backup.step import BackupSettings  # noqa: PLC0415
    from snap_restorer.pg.server_clock import server_time  # noqa: PLC0415

    settings = context.settings()
    configured = settings.section(BackupSettings, "backup")
    repository = configured.open(context.root())
    copies = configured.open_copies(context.root(), repository)
    target = backup_target(context, options.db, settings)
    now, warnings = agreed(datetime.now(UTC), server_time(target))
    for warning in warnings:
        context.warn(warning)
    with context.progress() as progress:
        backup = create_backup(
            repository,
            target,
            configured.dump(context.environment, trust_code=options.trust_code),
            now=now,
            progress=progress,
        )
        incomplete = make_copies(
            repository, copies, keep=configured.keep(), now=now, stop=threading.Event(), progress=progress
        )
    return CreatedResult(
        backup=backup,
        place=repository.shown,
        copies=tuple(copy.shown for copy in copies),
        incomplete=incomplete,
        seconds=context.seconds(),
    )


COMMAND = Command(
    name="create",
    options=Options,
    run=run,
    help="""
    Back up a database into a folder or a bucket. `snap backup` alone does this too.

    A backup holds the schemas that section [backup] of snap.toml names, else all schemas of the role's own. It counts
    as a backup only after snap has read it back.
    """,
    short="Back up a database.",
    example="snap backup create --db postgresql://me@localhost/app_dev",
    codes="""
        0 done, and read back
        5 the database refused, has code that a superuser may not run or rows hidden from this role, or a lock is held
        6 Postgres, the disk, the bucket or the network failed""",
)
