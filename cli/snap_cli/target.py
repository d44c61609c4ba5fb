"""Find a command's database: --db, else $SNAP_DB_URL, else [target] of snap.toml, else the embedded Postgres.

Commands that use the addresses of [target] pass the settings on. restore and capture do not.
"""

from __future__ import annotations

from contextlib import AbstractContextManager, nullcontext
from typing import TYPE_CHECKING, Any

import typer

from snap.config import Settings, TargetSettings
from snap.errors import ServiceError, UsageError
from snap.manifest import Manifest
from snap_cli.context import Context

if TYPE_CHECKING:
    from snap_restorer import Embedded, Request, Server, Target


_ADDRESSES = frozenset({"db", "direct_db"})


def db_option(about: str) -> Any:
    """Return the option --db for Typer. `about` is its help."""
    return typer.Option("--db", metavar="URL", help=about)


def named(
    context: Context, flag: str | None, settings: Settings | None = None, *, direct: bool = False
) -> Target | None:
    """Return the database that the flag names, else the environment, else `settings`, or None.

    With `direct` the server's own address in `settings` is preferred to a pooler's. Errors: UsageError.
    """
    from snap_restorer import Target  # noqa: PLC0415

    if flag is not None and not flag.strip():
        raise UsageError("the database's URL is empty", "leave it out to use the embedded Postgres", option="db")
    origin, address = "--db", flag
    if not address:
        origin, address = "$SNAP_DB_URL", context.environment.get("SNAP_DB_URL")
    if not address and settings is not None:
        section = settings.section(TargetSettings, "target", only=_ADDRESSES)
        pair = (section.db, section.direct_db)
        secret = next((secret for secret in (reversed(pair) if direct else pair) if secret is not None), None)
        origin, address = "[target] in snap.toml", secret.reveal() if secret is not None else None
    if not address:
        return None
    try:
        return Target(address)
    except UsageError as error:
        raise UsageError(f"{error.message} ({origin})", error.hint) from None


def urls(context: Context, flag: str | None, settings: Settings) -> tuple[Target, ...]:
    """Return every URL of the target database once, the server's own address first. Errors: UsageError."""
    both = (named(context, flag, settings, direct=True), named(context, flag, settings))
    return tuple(dict.fromkeys(target for target in both if target is not None))


def unread(settings: Settings) -> str:
    """Return a warning that the command does not read section [target], or "" if that names no database."""
    if _ADDRESSES.isdisjoint(settings.sections.get("target", {})):
        return ""
    return "this command does not use the database of [target] in snap.toml: give its URL, or set $SNAP_DB_URL"


def server(context: Context) -> Embedded:
    """Return the project's embedded Postgres, whether it runs or not.

    While the project's server has no data, a note tells of the data that all projects shared in earlier versions of
    snap.
    """
    from snap_restorer import Embedded  # noqa: PLC0415

    own = Embedded(environment=context.environment, project=context.project())
    shared = None if own.folder.data.exists() else own.folder.shared
    if shared is not None:
        context.note(
            f"each project now has its own embedded Postgres, this project's in {own.folder.base}; the data of the "
            f"server that all projects shared are still in {shared}: to use them, set SNAP_DATA_DIR={own.folder.home}"
        )
    return own


def started(context: Context) -> tuple[Embedded, Server]:
    """Start the project's embedded Postgres, or attach to it with a note if it runs."""
    own = server(context)
    return own, start(context, own)


def start(context: Context, own: Embedded) -> Server:
    """Start an embedded Postgres, or attach to it with a note if it runs."""
    found = own.status()
    if found is not None:
        context.note(f"attached to the embedded Postgres that runs on port {found.port}, its data in {found.data}")
    return own.start()


def running_server(context: Context) -> Server:
    """Return the project's running embedded Postgres. Errors: ServiceError if it does not run."""
    return server(context).running()


def embedded(context: Context, database: str, *, create: bool = False) -> Target:
    """Start the embedded Postgres and return one of its databases. With `create`, a missing database is created.

    Errors: ServiceError if the database is missing.
    """
    from snap_restorer import Target  # noqa: PLC0415

    own, found = started(context)
    url = found.url(database)
    if create:
        own.ensure_database(database)
    elif not own.has_database(database):
        raise ServiceError(f"the embedded Postgres has no database {database} yet", "run: snap restore VERSION")
    return Target(url)


def restored_embedded(
    context: Context, manifest: Manifest, request: Request, *, clone: bool
) -> AbstractContextManager[Target]:
    """Start the embedded Postgres and lend the target database of a restore or a clone.

    For a restore, a missing database is created, with the objects that the snapshot needs from a superuser.
    """
    from snap_restorer import embedded_target  # noqa: PLC0415

    (own, found), name = started(context), embedded_name(manifest)
    return nullcontext(found.target(name)) if clone else embedded_target(own, name, manifest, request)


def running(context: Context, database: str) -> Target | None:
    """Return a database of the embedded Postgres without starting the server.

    Return None if the server does not run, or has no such database.
    """
    from snap_restorer import Target  # noqa: PLC0415

    own = server(context)
    if own.status() is None or not own.has_database(database):
        return None
    return Target(own.url(database))


def restored_version(target: Target) -> str | None:
    """Return the version that the target's ledger names, or None. Errors: TargetError, ServiceError."""
    from snap_restorer.pg.ledger import last_entry  # noqa: PLC0415

    entry = last_entry(target)
    return None if entry is None else entry.version


def embedded_name(manifest: Manifest) -> str:
    """Return the database name for a snapshot in the embedded Postgres: its dataset's name, else its version."""
    return manifest.parameters.dataset if manifest.parameters else manifest.version
