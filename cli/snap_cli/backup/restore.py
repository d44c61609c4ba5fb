"""`snap backup restore`: restore a database to a backup."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Annotated

import typer

from snap.units import duration, plural
from snap_cli.backup.target import Db, TrustCode, backup_target
from snap_cli.command import Command
from snap_cli.context import Context, Yes
from snap_cli.guard import read_guard
from snap_cli.render import Line, TimedResult, View

if TYPE_CHECKING:
    from snap_cli.forms.databases import BackupRestoreForm
    from snap_restorer import PutBack


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """The options of `snap backup restore`."""

    id: Annotated[
        str,
        typer.Argument(
            metavar="ID",
            help="A backup's id, or the beginning of it, or latest: the newest of this database.",
            show_default=False,
        ),
    ]
    db: Db = None
    foreign: Annotated[bool, typer.Option("--foreign", help="Allow a backup of another database, given by its ID.")] = (
        False
    )
    no_backup: Annotated[
        bool, typer.Option("--no-backup", help="Do not back up the schemas' current state before it is replaced.")
    ] = False
    lose: Annotated[
        bool,
        typer.Option("--lose", help="Drop outside objects that depend on the schemas and are not in the backup."),
    ] = False
    yes: Yes = False
    trust_code: TrustCode = False


@dataclass(frozen=True, slots=True, kw_only=True)
class PutBackResult(TimedResult):
    """The restored backup. `done` is None if the user answered no."""

    id: str
    db: str
    done: PutBack | None
    saved: str | None = None

    def document(self) -> BackupRestoreForm:
        done = self.done
        return {
            "id": self.id,
            "db": self.db,
            "restored": done is not None,
            "schemas": list(done.schemas) if done else [],
            "tables": [{"name": name, "rows": rows} for name, rows in sorted(done.tables.items())] if done else [],
            "lost": list(done.lost) if done else [],
            "saved": self.saved,
            "seconds": round(self.seconds, 3),
        }

    def view(self) -> View:
        if self.done is None:
            return (Line("the database stays as it is"),)
        tables = self.done.tables
        what = f"{plural(sum(tables.values()), 'row')} in {plural(len(tables), 'table')}"
        before = () if self.saved is None else (Line(f"before   the previous state is in backup {self.saved}"),)
        return (
            Line(f"restored {self.id}: {what}, as when it was made, {duration(self.seconds)}", "good"),
            Line(f"schemas  {', '.join(self.done.schemas)}"),
            Line(f"database {self.db}"),
            *before,
        )


def run(options: Options, context: Context) -> PutBackResult:
    """Restore a database to a backup, if snap.toml allows it or after a confirmation.

    Errors: UsageError if nobody can be asked.
    """
    from snap_ops.backup.origin import Owner, replace_saved  # noqa: PLC0415
    from snap_ops.backup.step import BackupSettings  # noqa: PLC0415

    settings = context.settings()
    configured = settings.section(BackupSettings, "backup")
    guard, repository = read_guard(settings), configured.open(context.root())
    target = backup_target(context, options.db, settings)
    backup = Owner(target=target).find(repository, options.id, foreign=options.foreign)
    question = (
        f"Restore backup {backup.id} of {backup.db} into {target.redacted}, "
        f"and replace its schemas {', '.join(backup.inventory.schemas)}?"
    )
    allowed = guard.allows(target)
    if not (options.yes or allowed or context.confirms(question, "restoring a database")):
        return PutBackResult(id=backup.id, db=target.redacted, done=None, seconds=context.seconds())
    request = configured.put_back(
        context.environment, guard.confirmed(), lose=options.lose, trust_code=options.trust_code
    )
    saving = None if options.no_backup else configured.dump(context.environment, trust_code=options.trust_code)
    with context.progress() as progress:
        replaced = replace_saved(repository, backup, target, request, saving, now=datetime.now(UTC), progress=progress)
    return PutBackResult(
        id=backup.id,
        db=target.redacted,
        done=replaced.done,
        saved=None if replaced.saved is None else replaced.saved.id,
        seconds=context.seconds(),
    )


COMMAND = Command(
    name="restore",
    options=Options,
    run=run,
    help="""
    Restore a database to the state of a backup.

    One transaction restores the schemas of the backup, and verifies them before it commits. Their current state is
    backed up first.
    """,
    short="Restore a database to a backup.",
    example="snap backup restore latest --db postgresql://me@localhost/app_dev",
    codes="""
        0 restored and verified; or nothing done because you said no
        3 there is no such backup, none of this database, or it is corrupt (the database was not touched)
        4 the restored data differ from the backup (rolled back)
        5 the database refused, the backup is of another one or has code that a superuser may not run, or a lock is held
        6 Postgres, the disk, the bucket or the network failed""",
)
