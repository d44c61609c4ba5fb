"""Which database a command means: --db, else $SNAP_DB_URL, else [target] of snap.toml, else the embedded Postgres.

Section [target] also guards databases. What reads its addresses says so by handing it on: restore and capture do not.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import typer

from snap.config import Settings, TargetSettings
from snap.errors import UsageError
from snap.manifest import Manifest
from snap_cli.context import Context

if TYPE_CHECKING:
    from snap_restorer import Guard, Target


def read_guard(settings: TargetSettings, *, yes: bool = False) -> Guard:
    """Return what guards databases: the lists of [target], and whether somebody said `yes`. Errors: UsageError."""
    from snap_restorer import Guard  # noqa: PLC0415
    from snap_restorer.pg.guard import well_formed  # noqa: PLC0415

    for pattern in (*settings.protected, *(settings.allowed or ())):
        if not well_formed(pattern):
            raise UsageError(
                f"{pattern!r} in section [target] is not HOST/DATABASE",
                'write for example ["db.example.com/app", "*/production", "local/*"]',
            )
    return Guard(protected=settings.protected, allowed=settings.allowed, yes=yes)


def db_option(about: str) -> Any:
    """Return the option --db for Typer; `about` is its help."""
    return typer.Option("--db", metavar="URL", help=about)


def target_settings(settings: Settings) -> TargetSettings:
    """Read section [target]. Errors: UsageError."""
    return settings.section(TargetSettings, "target")


def named(
    context: Context, flag: str | None, settings: TargetSettings | None = None, *, direct: bool = False
) -> Target | None:
    """Return the database that the flag names, else the environment, else `settings`. None where none of them does.

    With `direct` it is the server's own address, where `settings` has one. Errors: UsageError.
    """
    from snap_restorer import Target  # noqa: PLC0415

    if flag is not None and not flag.strip():
        raise UsageError("--db is empty", "give a URL, or leave --db out to use the embedded Postgres")
    address = flag or context.environment.get("SNAP_DB_URL")
    if not address and settings is not None:
        pair = (settings.db, settings.direct_db)
        secret = next((secret for secret in (reversed(pair) if direct else pair) if secret is not None), None)
        address = secret.reveal() if secret is not None else None
    return Target(address) if address else None


def unread(settings: TargetSettings) -> str:
    """Return a warning for commands that do not read the database of [target], or "" where [target] names none."""
    if settings.db is None and settings.direct_db is None:
        return ""
    return "the database that snap.toml names in [target] is not read here: give it with --db or $SNAP_DB_URL"


def embedded(context: Context, database: str, *, create: bool = False) -> Target:
    """Start the embedded Postgres and return one of its databases. With `create` a missing one is created."""
    from snap_restorer import Embedded, Target  # noqa: PLC0415

    server = Embedded(environment=context.environment)
    url = server.start().url(database)
    if create:
        server.ensure_database(database)
    return Target(url)


def embedded_name(manifest: Manifest) -> str:
    """Return the database of the embedded Postgres that a snapshot goes into: its dataset's, or its own."""
    return manifest.parameters.dataset if manifest.parameters else manifest.version
