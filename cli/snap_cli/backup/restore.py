"""`snap backup restore`: put a database back to a backup."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, Any

import typer

from snap.units import duration, plural
from snap_cli.backup.target import Db, backup_target
from snap_cli.command import Command
from snap_cli.context import Context, Yes
from snap_cli.guard import read_guard
from snap_cli.render import Line, TimedResult, View

if TYPE_CHECKING:
    from snap_restorer import PutBack


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """What `snap backup restore` takes."""

    id: Annotated[
        str,
        typer.Argument(metavar="ID", help="A backup's id, or the beginning of it, or latest.", show_default=False),
    ]
    db: Db = None
    lose: Annotated[
        bool, typer.Option("--lose", help="Drop what depends on the schemas from outside and is not in the backup.")
    ] = False
    yes: Yes = False


@dataclass(frozen=True, slots=True, kw_only=True)
class PutBackResult(TimedResult):
    """What was put back; None where the person asked said no."""

    id: str
    done: PutBack | None

    def document(self) -> dict[str, Any]:
        if self.done is None:
            return {"id": self.id, "restored": False}
        return {
            "id": self.id,
            "db": self.done.db,
            "schemas": list(self.done.schemas),
            "tables": [{"name": name, "rows": rows} for name, rows in sorted(self.done.tables.items())],
            "lost": list(self.done.lost),
        }

    def view(self) -> View:
        if self.done is None:
            return (Line("the database stays as it is"),)
        tables = self.done.tables
        what = f"{plural(sum(tables.values()), 'row')} in {plural(len(tables), 'table')}"
        return (
            Line(f"put back {self.id}: {what}, as when it was made, {duration(self.seconds)}", "good"),
            Line(f"schemas  {', '.join(self.done.schemas)}"),
            Line(f"database {self.done.db}"),
        )


def run(options: Options, context: Context) -> PutBackResult:
    """Put a database back, once someone said yes or snap.toml allows it. Errors: UsageError with nobody to ask."""
    from snap_ops.backup.create import restore_backup  # noqa: PLC0415
    from snap_ops.backup.retention import find_backup  # noqa: PLC0415
    from snap_ops.backup.step import BackupSettings  # noqa: PLC0415

    settings = context.settings()
    configured = settings.section(BackupSettings, "backup")
    guard, repository = read_guard(settings), configured.open(context.root())
    backup = find_backup(repository, options.id)
    target = backup_target(context, options.db, settings)
    question = f"Replace schemas {', '.join(backup.inventory.schemas)} of {target.redacted} by backup {backup.id}?"
    allowed = guard.on_list(target)
    if not (options.yes or allowed or context.confirms(question, "putting a database back")):
        return PutBackResult(id=backup.id, done=None, seconds=context.seconds())
    with context.progress() as progress:
        done = restore_backup(
            repository,
            backup,
            target,
            configured.put_back(context.environment, guard.confirmed(), lose=options.lose),
            progress=progress,
        )
    return PutBackResult(id=backup.id, done=done, seconds=context.seconds())


COMMAND = Command(
    name="restore",
    options=Options,
    run=run,
    help="""
    Put a database back to what a backup holds.

    The schemas of the backup become what they were, in one transaction, and that is proved.
    """,
    short="Put a backup back.",
    example="snap backup restore latest --db postgresql://me@localhost/app_dev",
    codes="""
        0 done, and proved; or nothing done because you said no
        3 there is no such backup, or it is corrupt (the database was not touched)
        4 what was put back is not what the backup holds (rolled back)
        5 the database refused, or a lock is held
        6 Postgres, the disk, the bucket or the network failed""",
    fields=("id", "db", "schemas", "tables: [name, rows]", "lost", "seconds"),
)
