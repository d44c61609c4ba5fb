"""`snap db reset`: drop a database of the embedded Postgres and create it again, empty."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from snap.errors import ServiceError
from snap_cli import datasets
from snap_cli.command import Command
from snap_cli.context import Context, Yes
from snap_cli.db.options import Database
from snap_cli.db.unprotected import require_unprotected
from snap_cli.render import Line, TimedResult, View
from snap_cli.target import server, start

if TYPE_CHECKING:
    from snap_cli.forms.databases import ResetForm


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """The options of `snap db reset`."""

    database: Database = None
    yes: Yes = False


@dataclass(frozen=True, slots=True, kw_only=True)
class ResetResult(TimedResult):
    """Whether the database is empty now, or was kept because the user said no."""

    database: str
    reset: bool

    def document(self) -> ResetForm:
        return {"database": self.database, "reset": self.reset, "seconds": round(self.seconds, 3)}

    def view(self) -> View:
        return (Line(f"{self.database} is empty" if self.reset else f"kept {self.database}"),)


def run(options: Options, context: Context) -> ResetResult:
    """Drop a database and create it again after a confirmation. The server is started.

    Errors: UsageError if nobody can be asked; TargetError if the database is protected; ServiceError.
    """
    from snap_restorer import require_held, reset_database  # noqa: PLC0415

    database, embedded = options.database or datasets.usual(context, datasets.BY_NAME), server(context)
    if not embedded.folder.data.exists():
        raise ServiceError(f"the embedded Postgres has no database {database} yet", "run: snap restore VERSION")
    running = start(context, embedded)
    require_held(running, database)
    require_unprotected(context, running, [database])
    done = options.yes or context.confirms(f"Drop all that {database} holds?", f"resetting {database}")
    if done:
        reset_database(running, database)
    return ResetResult(database=database, reset=done, seconds=context.seconds())


COMMAND = Command(
    name="reset",
    options=Options,
    run=run,
    help="""
    Drop a database of the embedded Postgres, end the sessions in it, and create it again, empty.

    A restore needs no reset: it replaces the rows itself.
    """,
    short="Drop a database and create it again, empty.",
    example="snap db reset --yes && snap restore v3",
    codes="""
        0 it is empty, or kept because you said no
        5 snap.toml protects it
        6 there is no such database, or Postgres failed""",
)
