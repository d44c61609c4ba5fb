"""`snap db psql`: run psql in the embedded Postgres."""

from __future__ import annotations

import re
import shlex
import signal
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated

import typer

from snap.errors import ServiceError, UsageError
from snap_cli import datasets
from snap_cli.command import Command
from snap_cli.context import Context
from snap_cli.render import Result, View
from snap_cli.target import server

_SQL = re.compile(r"\s|;|^\\")  # in SQL and in psql's own commands, and hardly in a database's name


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """The options of `snap db psql`."""

    arguments: Annotated[
        tuple[str, ...],
        typer.Argument(
            metavar="DATABASE",
            help="A database of the embedded Postgres [default: the project's dataset]; after --, arguments for psql.",
        ),
    ] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class PsqlResult(Result):
    """A psql session that has ended. psql itself has printed everything."""

    def view(self) -> View:
        return ()


def split_database(arguments: Sequence[str]) -> tuple[str | None, tuple[str, ...]]:
    """Separate the database, if named, from psql's own arguments, which begin with the first option."""
    if arguments and not arguments[0].startswith("-"):
        return arguments[0], tuple(arguments[1:])
    return None, tuple(arguments)


def run(options: Options, context: Context) -> PsqlResult:
    """Run psql on the terminal. Errors: UsageError with --json; ServiceError if psql fails."""
    if context.json:
        raise UsageError(
            "psql prints no JSON", "leave out --json; snap db url --json prints the URL for other programs"
        )
    database, arguments = split_database(options.arguments)
    if database is not None and _SQL.search(database):
        raise UsageError(
            f"{database!r} is not the name of a database",
            f"SQL comes after two hyphens: snap db psql -- -c {shlex.quote(database)}",
        )
    database = database or datasets.usual(context, datasets.BY_NAME)
    embedded = server(context)
    address = embedded.url(database)
    command = [str(embedded.program("psql")), address, *arguments]
    # Ctrl-C ends a query in psql, not this program.
    before = signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        code = subprocess.run(command, check=False, env=dict(context.environment)).returncode
    finally:
        signal.signal(signal.SIGINT, before)
    if code:
        raise ServiceError(
            f"psql ended with {code}", "read its messages above; if the database is missing, run: snap restore VERSION"
        )
    return PsqlResult()


COMMAND = Command(
    name="psql",
    options=Options,
    run=run,
    help="""
    Open psql in a database of the embedded Postgres.

    psql prints no JSON, so --json is refused.
    """,
    short="Open psql in a database of the embedded Postgres.",
    example="snap db psql -- -c 'SELECT count(*) FROM recipes'",
    codes="0 done\n6 it does not run, or psql failed",
)
