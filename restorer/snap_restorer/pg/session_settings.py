"""What SQL of others leaves in a session, and the way back: a pooler hands the session to somebody else.

A plain SET inside a transaction outlives its commit. So the session's own settings are noted before anything is set,
and are put back before the commit.
"""

from __future__ import annotations

from typing import Any

import psycopg

from snap_restorer.pg.catalog import query
from snap_restorer.pg.pinned_session import PinnedSession

SessionSettings = tuple[tuple[str, str], ...]


def read_settings(connection: psycopg.Connection[Any]) -> SessionSettings:
    """Return what this session has set, by name, and whose rights it has. To be called before any SET LOCAL."""
    settings = connection.execute(query("settings")).fetchall()
    if isinstance(connection, PinnedSession):  # what it set itself is known only once the transaction has begun
        settings.insert(0, ("search_path", connection.path_before))
        settings.insert(0, ("lock_timeout", connection.lock_timeout_before))
    return tuple(settings)


def reset_to(connection: psycopg.Connection[Any], before: SessionSettings) -> None:
    """Undo every SET of this transaction, SET LOCAL too, and give the session what it had set before."""
    # The only way to forget settings of a prefix of one's own (SET app.tenant), which no catalog lists.
    connection.execute("RESET ALL")
    for name, value in before:
        connection.execute(
            "SELECT pg_catalog.set_config(%(name)s, %(value)s, false) "
            "WHERE pg_catalog.current_setting(%(name)s) OPERATOR(pg_catalog.<>) %(value)s",
            {"name": name, "value": value},
        )
