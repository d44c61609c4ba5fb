"""The table snap.night of a target: the nightly's lease and journal, which every later machine can find there.

A row without an end is a night that runs or was interrupted. The night runs if its heartbeat is younger than the lease
by the server's clock. No backup contains this table and no reset of snap's drops it. If a team's own command drops it,
`renew` writes the row again. Every call is one short transaction, so that it works through a pooler too.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from types import NoneType

import psycopg
from psycopg.rows import dict_row

from snap.errors import TargetError
from snap_restorer.pg import ledger, transaction
from snap_restorer.pg.catalog import one_row, query
from snap_restorer.pg.target import Connection, Target

_LOCK = (0x736E6170, 2)  # "snap", night: the key of the advisory lock
_LOCK_TIMEOUT_S = 10.0
_SETTLED = "settled"  # the outcome of a settled night that has not ended


@dataclass(frozen=True, slots=True, kw_only=True)
class UnendedNight:
    """A night that runs or was interrupted. `silent_s` are the seconds since its heartbeat.

    `touched` is when the night last began to change the database, None if it never did. `backup` is the backup that
    undoes that change. `refreshed`: since then the night has made all its changes, or a restore was verified and
    committed, so nothing has to be restored.
    """

    id: int
    holder: str
    started: datetime
    heartbeat: str
    silent_s: float
    touched: datetime | None
    backup: str | None
    refreshed: bool = False

    @property
    def unfinished(self) -> bool:
        """Return whether the database may hold a part of the night's changes."""
        return self.touched is not None and not self.refreshed


_TYPES: Mapping[str, tuple[type, ...]] = {
    "id": (int,),
    "holder": (str,),
    "started": (datetime,),
    "heartbeat": (str,),
    "silent_s": (float,),
    "touched": (datetime, NoneType),
    "backup": (str, NoneType),
}


class DroppedError(TargetError):
    """Raised if the table of nights was dropped while a night ran, as `supabase db reset` does."""


def take(target: Target, *, holder: str, token: str, lease_s: float, dead: str | None = None) -> int | UnendedNight:
    """Begin a night unless another one runs. Return the new night's id, or the running night.

    `dead` is a heartbeat that the caller saw unchanged for the time of a lease. After the server's clock was set back,
    such a heartbeat lies in the future, and would look young for as long as the clock was wrong.

    Interrupted nights keep their rows but lose their tokens. If one of them wakes up, its calls no longer change
    anything. Errors: TargetError if this role may not keep the table; ServiceError.
    """
    with target.connect() as connection:
        _begin(connection)
        for other in _unended(connection):
            if other.silent_s < lease_s and other.heartbeat != dead:
                return other
        connection.execute("UPDATE snap.night SET token = '' WHERE ended IS NULL")
        (night,) = one_row(
            connection,
            "INSERT INTO snap.night (id, holder, token) "
            "SELECT COALESCE(pg_catalog.max(id), 0) + 1, %s, %s FROM snap.night RETURNING id",
            [holder, token],
        )
        target.commit(connection)
        return int(night)


def beat(target: Target, night: int, token: str) -> bool:
    """Renew the heartbeat of a night. Return False if the night was taken over."""
    return _update(target, night, token, "heartbeat = pg_catalog.clock_timestamp()")


def touch(target: Target, night: int, token: str, backup: str | None) -> bool:
    """Record that a night is about to change the database, and the backup to restore.

    Return False if it was taken over. A restore that was committed before this call no longer counts as the night's
    end.
    """
    change = "touched = pg_catalog.clock_timestamp(), backup = %s, outcome = NULL"
    return _update(target, night, token, change, backup)


def settle(target: Target, night: int, token: str) -> bool:
    """Record that a night has made all its changes. Return False if the night was taken over."""
    return _update(target, night, token, "outcome = %s", _SETTLED)


def leave(target: Target, night: int, token: str) -> bool:
    """Record that a night stops although something is left to restore, so that the next night need not wait."""
    return _update(target, night, token, "heartbeat = 'epoch'")


def renew(target: Target, night: int, token: str, *, holder: str, touched: bool, backup: str | None) -> bool:
    """Write the row of a running night into a new table. Return False if another night was there first."""
    with target.connect() as connection:
        _begin(connection)
        done = connection.execute(
            "INSERT INTO snap.night (id, holder, token, touched, backup) "
            "SELECT %s, %s, %s, CASE WHEN %s THEN pg_catalog.clock_timestamp() END, %s "
            "WHERE NOT EXISTS (SELECT FROM snap.night WHERE ended IS NULL) ON CONFLICT (id) DO NOTHING",
            [night, holder, token, touched, backup],
        )
        target.commit(connection)
        return done.rowcount == 1


def end(target: Target, night: int, token: str, outcome: str) -> bool:
    """Record that a night is over and nothing is left to restore."""
    return _update(target, night, token, "ended = pg_catalog.clock_timestamp(), outcome = %s", outcome)


def unended(target: Target, *, own: int | None = None) -> tuple[UnendedNight, ...]:
    """Return the nights without an end, oldest first, except the caller's own.

    Each of these nights was interrupted, or is running.
    """
    with target.connect() as connection:
        if not exists(connection):
            return ()
        return tuple(_judged(connection, [other for other in _unended(connection) if other.id != own]))


def refreshed(target: Target, night: int) -> bool:
    """Return whether a restore was verified and committed since a night last touched its database."""
    return any(other.refreshed for other in unended(target) if other.id == night)


def end_unended(target: Target, nights: tuple[UnendedNight, ...], outcome: str) -> None:
    """Record the end of interrupted nights, once their changes were repaired."""
    with target.connect() as connection:
        _require_plain(connection)
        connection.execute(
            "UPDATE snap.night SET ended = pg_catalog.clock_timestamp(), outcome = %s WHERE id = ANY (%s)",
            [outcome, [night.id for night in nights]],
        )
        target.commit(connection)


def unsettled(connection: Connection, *, own: int | None = None) -> UnendedNight | None:
    """Return a night, except the caller's own, that changes this database or was interrupted while it did, else None.

    A database with such a night is not healthy. None is also returned if this role may not read the table.
    """
    if not exists(connection):
        return None
    nights = _judged(connection, [night for night in _unended(connection) if night.id != own])
    return next((night for night in nights if night.unfinished), None)


def exists(connection: Connection) -> bool:
    """Return whether there is a table of nights that this role may read. Errors: TargetError, as `_require_plain`."""
    _require_plain(connection)
    row = connection.execute(
        "SELECT pg_catalog.has_table_privilege(c.oid, 'SELECT') AND pg_catalog.has_schema_privilege(n.oid, 'USAGE') "
        "FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace "
        "WHERE n.nspname = 'snap' AND c.relname = 'night'"
    ).fetchone()
    return row is not None and bool(row[0])


def _require_plain(connection: Connection) -> None:
    """Raise TargetError if using the table of nights would run foreign code with this role's rights."""
    row = connection.execute(query("night_active").encode()).fetchone()
    if row is not None and row[0]:
        raise TargetError(
            "snap.night is not the plain table that snap creates: reading or writing it would run code that "
            "somebody attached",
            "find out who attached the code, then DROP the table: it holds only the journal of unfinished "
            "nights, and the next night creates it again",
        )


def _begin(connection: Connection) -> None:
    """Lock the journal so that only one night begins at a time. Create the journal's table if it is missing."""
    transaction.begin(connection, _LOCK_TIMEOUT_S)
    connection.execute("SELECT pg_catalog.pg_advisory_xact_lock(%s, %s)", _LOCK)
    if exists(connection):
        return
    try:
        connection.execute(query("night_create").encode())
    except (psycopg.errors.InsufficientPrivilege, psycopg.errors.DuplicateObject):
        raise TargetError(
            "this role may not create the table snap.night, the journal of snap nightly",
            'ask an administrator to run: CREATE SCHEMA IF NOT EXISTS snap AUTHORIZATION "the role"',
        ) from None


def _judged(connection: Connection, nights: list[UnendedNight]) -> list[UnendedNight]:
    """Return the nights, marked `refreshed` if the database's ledger records a restore after their last change.

    The transaction of a restore writes the ledger's row after its proof.
    """
    if not any(night.unfinished for night in nights):
        return nights
    try:
        entry = ledger.read_entry(connection)
    except TargetError:  # the entry is not as snap writes it, and proves nothing
        return nights
    if entry is None or entry.state != "done" or entry.loaded_at is None:
        return nights
    restored = entry.loaded_at
    return [
        replace(night, refreshed=night.refreshed or (night.touched is not None and restored >= night.touched))
        for night in nights
    ]


def _unended(connection: Connection) -> list[UnendedNight]:
    """Return the nights that did not end. Errors: TargetError if a row is not as snap writes it."""
    cursor = connection.cursor(row_factory=dict_row)
    rows = cursor.execute(
        "SELECT id, holder, started, heartbeat::pg_catalog.text AS heartbeat, "
        "EXTRACT(epoch FROM pg_catalog.clock_timestamp() - heartbeat)::float8 AS silent_s, "
        "touched, backup, outcome IS NOT DISTINCT FROM %s AS refreshed FROM snap.night WHERE ended IS NULL ORDER BY id",
        [_SETTLED],
    ).fetchall()
    for row in rows:
        if wrong := [name for name, kinds in _TYPES.items() if type(row[name]) not in kinds]:
            raise TargetError(
                f"a row of the table snap.night has values that snap does not write: {', '.join(wrong)}",
                "find out who wrote it, then DELETE that row, or DROP TABLE snap.night",
                unchanged=True,
            )
    return [UnendedNight(**row) for row in rows]


def _update(target: Target, night: int, token: str, change: str, *values: str | None) -> bool:
    with target.connect() as connection:
        _require_plain(connection)
        try:
            done = connection.execute(
                f"UPDATE snap.night SET {change} WHERE id = %s AND token = %s AND ended IS NULL".encode(),  # noqa: S608
                [*values, night, token],
            )
        except psycopg.errors.UndefinedTable:
            raise DroppedError("the table snap.night was dropped", "do not change the schema snap") from None
        target.commit(connection)
        return done.rowcount == 1
