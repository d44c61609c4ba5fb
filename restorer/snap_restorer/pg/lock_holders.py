"""The sessions that hold locks which another session did not get in time, and the ending of those that are idle."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

import psycopg

from snap.units import some
from snap_restorer.pg.catalog import query, records

RESTORE_LOCK = (0x736E6170, 1)  # "snap", restore: the key of the advisory lock
_SHOWN = 5  # the most tables that are named of a session
_NAMED = 4  # the most sessions that are named, those with the oldest transactions
_GONE_MS = 5_000  # to wait for a session that was told to end


@dataclass(frozen=True, slots=True, kw_only=True)
class LockHolder:
    """A session that holds locks. `restores`: the session holds the lock of a restore.

    `idle_s` is the number of seconds that the session has been idle in its transaction. It is None if the session is
    not idle, or if this role may not know.
    """

    session: str
    tables: tuple[str, ...]
    pid: int
    idle_s: float | None
    restores: bool

    def __str__(self) -> str:
        return f"{self.session} holds {some(self.tables, most=_SHOWN) if self.tables else 'the lock of a restore'}"


def lock_holders(connection: psycopg.Connection[Any], ours: Collection[int] = ()) -> tuple[str, ...]:
    """Return as texts the sessions that hold locks on tables of this database, or the lock of a restore.

    This session and those with the process IDs `ours` are left out.
    """
    return tuple(map(str, _holders(connection, ours)[:_NAMED]))


def end_idle_holders(connection: psycopg.Connection[Any], after_s: float) -> tuple[str, ...]:
    """End the lock holders that have been idle in their transactions for `after_s`, and return them.

    Sessions of a restore are not ended, and neither are sessions that this role may not end.
    """
    idle = [
        holder
        for holder in _holders(connection, ())
        if holder.idle_s is not None and holder.idle_s >= after_s and not holder.restores
    ]
    return tuple(str(holder) for holder in idle if _ended(connection, holder, after_s))


def _holders(connection: psycopg.Connection[Any], ours: Collection[int]) -> list[LockHolder]:
    space, number = RESTORE_LOCK
    return records(connection, LockHolder, "lock_holders", space=space, number=number, ours=list(ours))


def _ended(connection: psycopg.Connection[Any], holder: LockHolder, after_s: float) -> bool:
    """End a session that is still idle, and wait until the session is gone. Return whether the session was ended."""
    try:
        with connection.transaction():
            row = connection.execute(query("end_idle"), [_GONE_MS, holder.pid, after_s]).fetchone()
    except psycopg.errors.InsufficientPrivilege:
        return False
    return row is not None and bool(row[0])
