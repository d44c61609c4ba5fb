"""Options that several commands of `snap db` share."""

from __future__ import annotations

from typing import Annotated

import typer

Database = Annotated[
    str | None,
    typer.Argument(metavar="DATABASE", help="A database of the embedded Postgres [default: the project's dataset]."),
]
Superuser = Annotated[
    bool,
    typer.Option(
        "--superuser",
        help="Connect as the superuser, not as the databases' owner: their code then has all rights on the server.",
    ),
]
