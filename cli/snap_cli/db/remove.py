"""`snap db remove`: delete the data of the embedded Postgres."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from snap.units import plural, size, some
from snap_cli.command import Command
from snap_cli.context import Context, Yes
from snap_cli.db.unprotected import protects, require_unprotected
from snap_cli.render import Line, TimedResult, View
from snap_cli.target import server

if TYPE_CHECKING:
    from pathlib import Path

    from snap_cli.forms.databases import RemoveDataForm


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """The options of `snap db remove`."""

    yes: Yes = False


@dataclass(frozen=True, slots=True, kw_only=True)
class RemoveDataResult(TimedResult):
    """Whether the server's data were removed. `bytes` is the size of the data, 0 if there were none."""

    folder: Path
    removed: bool
    bytes: int

    def document(self) -> RemoveDataForm:
        return {
            "folder": str(self.folder),
            "removed": self.removed,
            "bytes": self.bytes,
            "seconds": round(self.seconds, 3),
        }

    def view(self) -> View:
        if self.removed:
            return (Line(f"removed the data in {self.folder}, {size(self.bytes)}"),)
        return (Line(f"kept {self.folder}" if self.bytes else f"nothing to remove in {self.folder}"),)


def run(options: Options, context: Context) -> RemoveDataResult:
    """Stop the server and delete its data after a confirmation.

    Errors: UsageError if nobody can be asked; TargetError if a database is protected; ServiceError.
    """
    from snap_restorer import databases_of  # noqa: PLC0415

    embedded = server(context)
    folder = embedded.folder
    held = folder.bytes()  # includes the rest of an interrupted removal, which is no complete cluster
    if not held:
        return RemoveDataResult(folder=folder.base, removed=False, bytes=0, seconds=context.seconds())
    running = embedded.start() if protects(context) and folder.data.exists() else embedded.status()
    databases = () if running is None else tuple(database.name for database in databases_of(running))
    if running is not None:
        require_unprotected(context, running, databases)
    if databases:
        names = f" with {plural(len(databases), 'database')}: {some(databases)}"
    elif running is None and folder.data.exists():
        names = "; the server does not run, so its databases cannot be listed (snap db start, then snap db status)"
    else:
        names = ""
    context.note(f"this deletes what {folder.base} holds, {size(held)}{names}")
    removed = options.yes or context.confirms(f"Delete {folder.base}?", "deleting the data of the embedded Postgres")
    if removed:
        embedded.remove()
    return RemoveDataResult(folder=folder.base, removed=removed, bytes=held, seconds=context.seconds())


COMMAND = Command(
    name="remove",
    options=Options,
    run=run,
    help="""
    Stop the embedded Postgres and delete its data folder: every database in it, its passwords and its log.

    A note says first what will be deleted. It lists the databases if the server runs. The next start makes an
    empty data folder.
    """,
    short="Stop the embedded Postgres, and delete its data.",
    example="snap db remove --yes",
    codes="""
        0 deleted, or kept because you said no, or there was nothing
        5 snap.toml protects one of its databases
        6 it does not stop, or the disk failed""",
)
