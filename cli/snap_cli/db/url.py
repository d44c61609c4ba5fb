"""`snap db url`: print the URL of the embedded Postgres."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, ClassVar

import typer

from snap_cli import datasets
from snap_cli.command import Command
from snap_cli.context import Context
from snap_cli.db.options import Database, Superuser
from snap_cli.render import Line, Result, View
from snap_cli.target import running_server

if TYPE_CHECKING:
    from snap_cli.forms.databases import UrlForm


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """The options of `snap db url`."""

    database: Database = None
    superuser: Superuser = False
    password: Annotated[
        bool,
        typer.Option(
            "--password", help="Print the password itself, a secret, for clients that do not read the password file."
        ),
    ] = False
    jdbc: Annotated[bool, typer.Option("--jdbc", help="Print the URL in the form of JDBC.")] = False


@dataclass(frozen=True, slots=True, kw_only=True)
class UrlResult(Result):
    """A database's URL. It holds the path of the password's file, or with --password the password itself."""

    answer: ClassVar[bool] = True
    url: str

    def document(self) -> UrlForm:
        return {"url": self.url}

    def view(self) -> View:
        return (Line(self.url, exact=True),)


def run(options: Options, context: Context) -> UrlResult:
    """Return the URL of a database. Errors: ServiceError if the server does not run."""
    database = options.database or datasets.usual(context, datasets.BY_NAME)
    found = running_server(context)
    found = found.as_superuser() if options.superuser else found
    form = found.jdbc_url if options.jdbc else found.url
    return UrlResult(url=form(database, password=options.password))


COMMAND = Command(
    name="url",
    options=Options,
    run=run,
    help="""
    Print the URL of a database of the embedded Postgres, for psql and every client that uses libpq. The URL names the
    file that holds the password.

    Clients that do not read that file (most clients without libpq) need --password, which prints a secret.

    A JDBC URL has no user and no password before the host, so --jdbc prints another form. Without --password, JDBC
    reads the file that PGPASSFILE names (snap db env).
    """,
    short="Print the URL of a database.",
    example='psql "$(snap db url)"',
    codes="0 done\n6 it does not run",
)
