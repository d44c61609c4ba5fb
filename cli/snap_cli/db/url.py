"""`snap db url`: how to connect to the embedded Postgres."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, ClassVar

import typer

from snap_cli import datasets
from snap_cli.command import Command
from snap_cli.context import Context
from snap_cli.render import Line, Result, View
from snap_cli.target import server

if TYPE_CHECKING:
    from snap_cli.forms.databases import UrlForm


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """What `snap db url` takes."""

    database: Annotated[
        str | None,
        typer.Argument(
            metavar="DATABASE", help="A database of the embedded Postgres [default: the project's dataset]."
        ),
    ] = None
    superuser: Annotated[
        bool,
        typer.Option(
            "--superuser",
            help="As the superuser, not as the databases' owner: their code then gets all rights on the server.",
        ),
    ] = False


@dataclass(frozen=True, slots=True, kw_only=True)
class UrlResult(Result):
    """How to connect. The URL names the password's file, not the password."""

    answer: ClassVar[bool] = True
    url: str

    def document(self) -> UrlForm:
        return {"url": self.url}

    def view(self) -> View:
        return (Line(self.url),)


def run(options: Options, context: Context) -> UrlResult:
    """Return the URL of a database. Errors: ServiceError when the server does not run."""
    database = options.database or datasets.usual(context)
    return UrlResult(url=server(context).url(database, superuser=options.superuser))


COMMAND = Command(
    name="url",
    options=Options,
    run=run,
    help="Print the URL of a database of the embedded Postgres, for psql and every client on libpq.",
    short="Print how to connect.",
    example='psql "$(snap db url)"',
    codes="0 done\n6 it does not run",
)
