"""Restore session settings that foreign SQL changes, since a pooler hands the session to other clients.

A plain SET inside a transaction stays after its commit. So the session's own settings are read before anything is set,
and are restored before the commit.
"""

from __future__ import annotations

from typing import Any

import psycopg

from snap_restorer.pg.catalog import query
from snap_restorer.pg.pinned_session import PinnedSession

SessionSettings = tuple[tuple[str, str], ...]


def read_settings(connection: psycopg.Connection[Any]) -> SessionSettings:
    """Return the settings of this session by name, and the role whose rights it has.

    This has to be called before any SET LOCAL.
    """
    settings = connection.execute(query("settings")).fetchall()
    if isinstance(connection, PinnedSession):  # its own earlier values are known only once the transaction has begun
        settings.insert(0, ("search_path", connection.path_before))
        settings.insert(0, ("lock_timeout", connection.lock_timeout_before))
    return tuple(settings)


def reset_to(connection: psycopg.Connection[Any], before: SessionSettings) -> None:
    """Undo every SET and SET LOCAL of this transaction, and restore the previous settings of the session."""
    # The only way to remove settings with a custom prefix (SET app.tenant), which no catalog lists.
    connection.execute("RESET ALL")
    for name, value in before:
        connection.execute(
            "SELECT pg_catalog.set_config(%(name)s, %(value)s, false) "
            "WHERE pg_catalog.current_setting(%(name)s) OPERATOR(pg_catalog.<>) %(value)s",
            {"name": name, "value": value},
        )
