"""A restore's transaction: its isolation and settings, its search path, and the lock that shuts out other restores."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Mapping, Sequence
from contextlib import AbstractContextManager

import psycopg
from psycopg import IsolationLevel, sql

from snap.errors import Option, TargetError
from snap_restorer.pg.catalog import one_row, query
from snap_restorer.pg.lock_holders import RESTORE_LOCK
from snap_restorer.pg.pinned_session import PRINTED, SAFE
from snap_restorer.pg.server_errors import LockHeldError
from snap_restorer.pg.session_settings import SessionSettings, read_settings
from snap_restorer.pg.target import Connection, Target

PINNED = SAFE  # under which all of our own SQL runs
QUALIFIED = ""  # under which definitions are printed, so that they mean the same under any path
OWN = '"$user", public'  # Postgres' default, which a schema's SQL may expect
SETTINGS: Mapping[str, str] = {  # all that reading, printing and hashing values depends on
    "statement_timeout": "0",
    "transaction_timeout": "0",
    "idle_in_transaction_session_timeout": "0",
    "row_security": "off",  # an error rather than a short read
    "search_path": PINNED,
    "TimeZone": "UTC",
    "DateStyle": "ISO, MDY",
    "IntervalStyle": "postgres",
    "extra_float_digits": "1",
    "bytea_output": "hex",
    "lc_monetary": "C",
    "array_nulls": "on",
    "xmloption": "content",
    "xmlbinary": "base64",
    "quote_all_identifiers": "off",
    "standard_conforming_strings": "on",
    "transform_null_equals": "off",
    "jit": "off",  # which costs more than it gains on catalog queries and hashes
}


def milliseconds(seconds: float) -> int:
    """Return a timeout in Postgres' unit, at least 1, since 0 would be none."""
    return max(1, round(seconds * 1000))


def require_direct(connection: Connection, target: Target, refused: str, option: Option | None = None) -> None:
    """Refuse poolers: they give a client a number of their own in place of the backend's.

    `refused` says what fails through a pooler, `option` which parameter does without it. Errors: TargetError.
    """
    (backend_pid,) = one_row(connection, "SELECT pg_catalog.pg_backend_pid()")
    if backend_pid != connection.info.backend_pid:
        raise TargetError(
            f"{target.redacted} is a connection pooler, through which {refused}",
            "give the server's own address",
            unchanged=True,
            option=option,
        )


def begin(connection: Connection, lock_timeout_s: float) -> SessionSettings:
    """Begin a transaction that writes, and return what the session had set before.

    It is so isolated whatever defaults role and database have. Raise TargetError where they, or a standby, say that
    nothing is written.
    """
    connection.isolation_level = IsolationLevel.READ_COMMITTED
    connection.read_only = None
    connection.deferrable = False
    before = read_settings(connection)
    require_writable(connection)
    apply_settings(connection, lock_timeout_s)
    return before


def require_writable(connection: Connection) -> None:
    """Raise TargetError if a new transaction of this session may not write."""
    standby, read_only = one_row(
        connection,
        "SELECT pg_catalog.pg_is_in_recovery(), pg_catalog.current_setting('transaction_read_only')::pg_catalog.bool",
    )
    if standby:
        raise TargetError(
            "the server is a standby, which nobody can write to", "connect to its primary", unchanged=True
        )
    if read_only:
        raise TargetError(
            "this role or this database is set to be read-only (default_transaction_read_only)",
            "check that this is the right database; to write there, connect as another role, or RESET the setting",
            unchanged=True,
        )


def begin_reading(connection: Connection, lock_timeout_s: float, relations: Sequence[sql.Composable] = ()) -> None:
    """Begin a REPEATABLE READ transaction in which nobody can empty `relations`.

    Their locks come before the transaction's snapshot: who reads after a TRUNCATE sees no rows.
    """
    connection.isolation_level = IsolationLevel.REPEATABLE_READ
    # A SELECT of set_config() would take the snapshot.
    connection.execute(sql.SQL("SET LOCAL lock_timeout = {}").format(f"{milliseconds(lock_timeout_s)}ms"))
    if relations:
        connection.execute(share_lock(relations))
    apply_settings(connection, lock_timeout_s)


def share_lock(relations: Sequence[sql.Composable]) -> sql.Composed:
    """Return the statement that keeps others from emptying relations; rows may be written all the while."""
    return sql.SQL("LOCK TABLE {} IN ACCESS SHARE MODE").format(sql.SQL(", ").join(relations))


def apply_settings(connection: Connection, lock_timeout_s: float) -> None:
    """Set, for this transaction, the timeouts and all that reading values and printing types depend on."""
    values = {"lock_timeout": f"{milliseconds(lock_timeout_s)}ms", **SETTINGS}
    connection.execute(query("session"), {"names": list(values), "values": list(values.values())})


def set_local(connection: Connection, name: str, value: str) -> None:
    """Set one setting for the rest of the transaction."""
    connection.execute("SELECT pg_catalog.set_config(%s, %s, true)", [name, value])


def set_search_path(connection: Connection, path: str | None) -> None:
    """Set the search path for the rest of the transaction; None is the role's own in this database."""
    if path is None:
        connection.execute("SET LOCAL search_path TO DEFAULT")
    else:
        set_local(connection, "search_path", path)


def pin_session(connection: Connection) -> None:
    """Pin the search path of an autocommit session, one's own between transactions (pool_mode)."""
    connection.execute("SELECT pg_catalog.set_config('search_path', %s, false)", [PINNED])


@contextlib.contextmanager
def _search_path(connection: Connection, path: str | None) -> Iterator[None]:
    (before,) = one_row(connection, "SHOW search_path")
    set_search_path(connection, path)
    yield
    set_search_path(connection, before)


def qualified_names(connection: Connection) -> AbstractContextManager[None]:
    """Print definitions with the schemas of all names while the block runs."""
    return _search_path(connection, QUALIFIED)


def own_path(connection: Connection) -> AbstractContextManager[None]:
    """Let the block's statements run the target's own code, which finds what it needs by the role's own path there.

    None of them may hold an operator, a function or a type of ours without its schema.
    """
    return _search_path(connection, None)


def printed_types(connection: Connection) -> AbstractContextManager[None]:
    """Let the block's statements name types as PRINTED prints them. They may hold no operator, and only functions
    with their schema."""
    return _search_path(connection, PRINTED)


def exclude_others(connection: Connection, lock_timeout_s: float) -> None:
    """Wait for another restore into this database. The lock ends with the transaction, so it holds through a pooler.

    Errors: TargetError after `lock_timeout_s`.
    """
    try:
        connection.execute("SELECT pg_catalog.pg_advisory_xact_lock(%s, %s)", RESTORE_LOCK)
    except psycopg.errors.LockNotAvailable:
        raise LockHeldError(
            f"lock held: another restore is running in this database, for over {lock_timeout_s:g} s",
            "wait until it is done, then run this again",
        ) from None
