"""Which database a command means: --db, else $SNAP_DB_URL, else [target] of snap.toml, else the embedded Postgres.

What reads the addresses of [target] says so by handing the settings on: restore and capture do not.
"""

from __future__ import annotations

from contextlib import AbstractContextManager
from typing import TYPE_CHECKING, Any

import typer

from snap.config import Settings, TargetSettings
from snap.errors import UsageError
from snap.manifest import Manifest
from snap_cli.context import Context

if TYPE_CHECKING:
    from snap_restorer import Request, Target


_ADDRESSES = frozenset({"db", "direct_db"})


def db_option(about: str) -> Any:
    """Return the option --db for Typer; `about` is its help."""
    return typer.Option("--db", metavar="URL", help=about)


def named(
    context: Context, flag: str | None, settings: Settings | None = None, *, direct: bool = False
) -> Target | None:
    """Return the database that the flag names, else the environment, else `settings`. None where none of them does.

    With `direct` it is the server's own address, where `settings` has one. Errors: UsageError.
    """
    from snap_restorer import Target  # noqa: PLC0415

    if flag is not None and not flag.strip():
        raise UsageError("the database's URL is empty", "give none to use the embedded Postgres", option="db")
    address = flag or context.environment.get("SNAP_DB_URL")
    if not address and settings is not None:
        section = settings.section(TargetSettings, "target", only=_ADDRESSES)
        pair = (section.db, section.direct_db)
        secret = next((secret for secret in (reversed(pair) if direct else pair) if secret is not None), None)
        address = secret.reveal() if secret is not None else None
    return Target(address) if address else None


def unread(settings: Settings) -> str:
    """Return a warning for commands that do not read the database of [target], or "" where [target] names none."""
    if _ADDRESSES.isdisjoint(settings.sections.get("target", {})):
        return ""
    return "the database that snap.toml names in [target] is not read here: give its URL, or set $SNAP_DB_URL"


def embedded(context: Context, database: str, *, create: bool = False) -> Target:
    """Start the embedded Postgres and return one of its databases. With `create` a missing one is created."""
    from snap_restorer import Embedded, Target  # noqa: PLC0415

    server = Embedded(environment=context.environment, project=context.project())
    url = server.start().url(database)
    if create:
        server.ensure_database(database)
    return Target(url)


def restored_embedded(context: Context, manifest: Manifest, request: Request) -> AbstractContextManager[Target]:
    """Start the embedded Postgres and lend the database that a restore goes into, which is created if it is missing."""
    from snap_restorer import Embedded, embedded_target  # noqa: PLC0415

    server = Embedded(environment=context.environment, project=context.project())
    return embedded_target(server, embedded_name(manifest), manifest, request)


def running(context: Context, database: str) -> Target | None:
    """Return a database of the embedded Postgres, which is not started; None where it does not run, or lacks it."""
    from snap_restorer import Embedded, Target  # noqa: PLC0415

    server = Embedded(environment=context.environment)
    if server.status() is None or not server.has_database(database):
        return None
    return Target(server.url(database))


def restored_version(target: Target) -> str | None:
    """Return the version that the target's ledger says it holds. Errors: TargetError, ServiceError."""
    from snap_restorer.pg.ledger import last_entry  # noqa: PLC0415

    entry = last_entry(target)
    return None if entry is None else entry.version


def embedded_name(manifest: Manifest) -> str:
    """Return the database of the embedded Postgres that a snapshot goes into: its dataset's, or its own."""
    return manifest.parameters.dataset if manifest.parameters else manifest.version
