"""`snap backup drill`: prove that a backup can be restored, in a scratch database."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Annotated

import typer

from snap.units import duration, plural
from snap_cli.backup.target import TrustCode
from snap_cli.command import Command
from snap_cli.context import Context
from snap_cli.render import Line, TimedResult, View
from snap_cli.target import db_option, named

if TYPE_CHECKING:
    from snap_cli.forms.databases import BackupDrillForm
    from snap_restorer import PutBack


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """The options of `snap backup drill`."""

    id: Annotated[
        str,
        typer.Argument(
            metavar="ID", help="A backup's id, or the beginning of it; else the latest.", show_default=False
        ),
    ] = "latest"
    db: Annotated[
        str | None,
        db_option(
            "Any database of the server to use, on which this role may create databases; else an embedded Postgres for "
            "this drill only. The environment and snap.toml are not read for it."
        ),
    ] = None
    trust_code: TrustCode = False


@dataclass(frozen=True, slots=True, kw_only=True)
class DrillResult(TimedResult):
    """The restored backup. `server` is the database whose server was used, or None for the drill's own server."""

    id: str
    server: str | None
    done: PutBack

    def document(self) -> BackupDrillForm:
        return {
            "id": self.id,
            "server": self.server,
            "schemas": list(self.done.schemas),
            "tables": [{"name": name, "rows": rows} for name, rows in sorted(self.done.tables.items())],
            "seconds": round(self.seconds, 3),
        }

    def view(self) -> View:
        tables = self.done.tables
        what = f"{plural(sum(tables.values()), 'row')} in {plural(len(tables), 'table')}"
        where = "the drill's own server" if self.server is None else f"the server of {self.server}"
        return (
            Line(f"{self.id} can be restored: {what}, as when it was made, {duration(self.seconds)}", "good"),
            Line(f"schemas  {', '.join(self.done.schemas)}"),
            Line(f"it was restored into a scratch database on {where}, which was dropped"),
        )


def run(options: Options, context: Context) -> DrillResult:
    """Restore a backup into a scratch database, compare it, and drop the database."""
    from snap_ops.backup.drill import drill  # noqa: PLC0415
    from snap_ops.backup.drill_step import write_proof  # noqa: PLC0415
    from snap_ops.backup.retention import find_backup  # noqa: PLC0415
    from snap_ops.backup.step import BackupSettings  # noqa: PLC0415
    from snap_restorer.pg.guard import NO_GUARD  # noqa: PLC0415

    configured = context.settings().section(BackupSettings, "backup")
    repository = configured.open(context.root())
    backup = find_backup(repository, options.id)
    server = None if options.db is None else named(context, options.db)
    request = configured.put_back(context.environment, NO_GUARD, lose=False, trust_code=options.trust_code)
    with context.progress() as progress:
        done = drill(repository, backup, server, request, progress=progress)
    write_proof(repository, backup, datetime.now(UTC), proved=True)
    return DrillResult(
        id=backup.id, server=None if server is None else server.redacted, done=done, seconds=context.seconds()
    )


COMMAND = Command(
    name="drill",
    options=Options,
    run=run,
    help="""
    Prove that a backup can be restored.

    snap restores the backup into a scratch database, compares the objects and rows with the backup's record, and drops
    the database. Without --db it starts an embedded Postgres of the backup's major version and removes it afterwards.
    """,
    short="Prove that a backup can be restored.",
    example="snap backup drill",
    codes="""
        0 restored, and the same as when the backup was made
        3 there is no such backup, or it is corrupt
        4 the restored data differ from the backup
        5 the server refused: it lacks an extension, or objects of other schemas that the backup uses
        6 Postgres, the disk, the bucket or the network failed""",
)
