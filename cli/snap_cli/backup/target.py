"""What `snap backup create` and `snap backup restore` share: the database, by its server's own address."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

from snap.config import Settings
from snap_cli import datasets
from snap_cli.context import Context
from snap_cli.target import db_option, embedded, named

if TYPE_CHECKING:
    from snap_restorer import Target

Db = Annotated[
    str | None,
    db_option(
        "The database, its own address and no pooler's; else $SNAP_DB_URL, else direct_db or db of [target] "
        "in snap.toml, else the embedded Postgres."
    ),
]


def backup_target(context: Context, flag: str | None, settings: Settings) -> Target:
    """Return the database that is meant; the embedded Postgres is started. Errors: UsageError."""
    return named(context, flag, settings, direct=True) or embedded(context, datasets.DEFAULT)
