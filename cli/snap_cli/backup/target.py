"""Find the database for `snap backup create` and `snap backup restore`, at an address that allows sessions."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from snap.config import Settings
from snap_cli import datasets
from snap_cli.context import Context
from snap_cli.target import db_option, embedded, named

if TYPE_CHECKING:
    from snap_restorer import Target

Db = Annotated[
    str | None,
    db_option(
        "The database, by its own address or by a pooler in session mode; else $SNAP_DB_URL, else direct_db or db of "
        "[target] in snap.toml, else the embedded Postgres."
    ),
]

TrustCode = Annotated[
    bool,
    typer.Option(
        "--trust-code",
        help="Let code of the database and the backup run with this session's rights, even those of a superuser.",
    ),
]


def backup_target(context: Context, flag: str | None, settings: Settings) -> Target:
    """Return the target database. The embedded Postgres is started if it is the target. Errors: UsageError."""
    return named(context, flag, settings, direct=True) or embedded(context, datasets.usual(context))
