"""`snap db env`: print how to connect to the embedded Postgres, as environment variables."""

from __future__ import annotations

import shlex
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from snap_cli import datasets
from snap_cli.command import Command
from snap_cli.context import Context
from snap_cli.db.options import Database, Superuser
from snap_cli.render import Line, Result, View
from snap_cli.target import running_server

if TYPE_CHECKING:
    from snap_cli.forms.databases import EnvForm


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """The options of `snap db env`."""

    database: Database = None
    superuser: Superuser = False


@dataclass(frozen=True, slots=True, kw_only=True)
class EnvResult(Result):
    """The variables that libpq and many other clients read. Instead of the password they name its file."""

    answer: ClassVar[bool] = True
    variables: Mapping[str, str]

    def document(self) -> EnvForm:
        return {"variables": dict(self.variables)}

    def view(self) -> View:
        return tuple(Line(f"export {name}={shlex.quote(value)}", exact=True) for name, value in self.variables.items())


def run(options: Options, context: Context) -> EnvResult:
    """Return the environment variables to connect to a database. Errors: ServiceError if the server does not run."""
    database = options.database or datasets.usual(context, datasets.BY_NAME)
    found = running_server(context)
    return EnvResult(variables=(found.as_superuser() if options.superuser else found).variables(database))


COMMAND = Command(
    name="env",
    options=Options,
    run=run,
    help="""
    Print PGHOST, PGPORT, PGUSER, PGDATABASE and PGPASSFILE as lines that a shell evaluates.

    PGPASSFILE names the file that holds the password. If PGPASSWORD is set, clients use that password instead.
    """,
    short="Print how to connect, as PG* variables.",
    example='eval "$(snap db env)"',
    codes="0 done\n6 it does not run",
)
