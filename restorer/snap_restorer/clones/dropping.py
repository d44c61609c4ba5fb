"""Drop several databases at once, which is far quicker than one after another.

Each DROP DATABASE waits for a checkpoint. The checkpoint writes and syncs the files of all recently copied databases
that still exist: 0.07 s to 0.3 s each on a disk. Postgres first throws away the pages of a database that is being
dropped. So databases that are dropped together cost one checkpoint, and none of their own pages is written.
"""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import replace

import psycopg

from snap.errors import SnapError
from snap_restorer.clones import databases
from snap_restorer.clones.databases import ServerSessions
from snap_restorer.pg import transaction


def drop_together(server: ServerSessions, names: Sequence[str], sessions: int = 8) -> dict[str, SnapError]:
    """Drop databases and end the sessions in them, over the given number of sessions at a time.

    Return the databases that could not be dropped, each with the reason.
    """
    again = list(names)
    if len(names) > 1:
        with ThreadPoolExecutor(max_workers=sessions) as threads:
            running: dict[str, Future[None]] = {name: threads.submit(_drop, server, name) for name in names}
        again = [name for name, done in running.items() if done.exception() is not None]
    failed = {}
    for name in again:  # if the server had no session left, the open one drops it
        try:
            databases.drop(server, name, force=True)
        except psycopg.Error as error:
            failed[name] = server.target.translate(error)
    return failed


def _drop(server: ServerSessions, name: str) -> None:
    with server.target.at(databases.MAINTENANCE).connect() as connection:
        connection.autocommit = True
        transaction.pin_session(connection)
        for setting in ("statement_timeout", "lock_timeout"):
            connection.execute("SELECT pg_catalog.set_config(%s, '0', false)", [setting])
        databases.drop(replace(server, worker=connection), name, force=True)
