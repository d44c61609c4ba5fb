"""Guard the databases of the embedded Postgres that snap.toml protects: no flag permits dropping them."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from snap.errors import UsageError
from snap_cli.context import Context
from snap_cli.guard import read_guard

if TYPE_CHECKING:
    from snap_restorer import Server


def protects(context: Context) -> bool:
    """Return whether snap.toml has a list of protected databases. Without a project there is no list."""
    return bool(_protected(context))


def require_unprotected(context: Context, server: Server, names: Iterable[str]) -> None:
    """Raise TargetError if a pattern of `protected` matches one of these databases of a running server."""
    from snap_restorer import Guard, Target  # noqa: PLC0415

    guard = Guard(protected=_protected(context), yes=True)
    if guard.protected:
        for name in names:
            guard.allows(Target(server.url(name)))


def _protected(context: Context) -> tuple[str, ...]:
    try:
        context.root()
    except UsageError:
        if context.config_flag is None:
            return ()
    return read_guard(context.settings()).protected
