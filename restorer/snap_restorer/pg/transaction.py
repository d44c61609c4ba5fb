"""A restore's transaction: its isolation, settings and search path, and the lock that excludes other restores."""

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

PINNED = SAFE  # the path under which all of snap's own SQL runs
QUALIFIED = ""  # the path to print definitions under, so that they mean the same under any path
OWN = '"$user", public'  # Postgres' default, which a schema's SQL may expect
SETTINGS: Mapping[str, str] = {  # settings that affect reading, printing and hashing values
    "statement_timeout": "0",
    "transaction_timeout": "0",
    "idle_in_transaction_session_timeout": "0",
    "row_security": "off",  # an error instead of missing rows
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
    "jit": "off",  # costs more than it gains on catalog queries and hashes
}


def milliseconds(seconds: float) -> int:
    """Return a timeout in milliseconds. It is at least 1, since 0 would mean no timeout."""
    return max(1, round(seconds * 1000))


def require_direct(connection: Connection, target: Target, refused: str, option: Option | None = None) -> None:
    """Raise TargetError for a pooler, which is recognised by a process ID that is not the backend's.

    `refused` says what fails through a pooler, `option` names the parameter that avoids this.
    """
    (backend_pid,) = one_row(connection, "SELECT pg_catalog.pg_backend_pid()")
    if backend_pid != connection.info.backend_pid:
        raise TargetError(
            f"{target.redacted} is a connection pooler, through which {refused}",
            "use the server's own address",
            unchanged=True,
            option=option,
        )


def begin(connection: Connection, lock_timeout_s: float) -> SessionSettings:
    """Begin a transaction that writes, and return the session's previous settings.

    Its isolation level does not depend on the defaults of role and database. Raise TargetError if these defaults or a
    standby make it read-only.
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
            "the server is a standby, which accepts no writes", "connect to its primary server", unchanged=True
        )
    if read_only:
        raise TargetError(
            "this role or this database is set to be read-only (default_transaction_read_only)",
            "check that this is the right database; to write there, connect as another role, or RESET the setting",
            unchanged=True,
        )


def begin_reading(connection: Connection, lock_timeout_s: float, relations: Sequence[sql.Composable] = ()) -> None:
    """Begin a REPEATABLE READ transaction in which nobody can empty `relations`.

    Their locks are taken before the transaction's snapshot, since a read after a TRUNCATE returns no rows.
    """
    connection.isolation_level = IsolationLevel.REPEATABLE_READ
    # SET LOCAL, since a SELECT of set_config() would take the snapshot already.
    connection.execute(sql.SQL("SET LOCAL lock_timeout = {}").format(f"{milliseconds(lock_timeout_s)}ms"))
    if relations:
        connection.execute(share_lock(relations))
    apply_settings(connection, lock_timeout_s)


def share_lock(relations: Sequence[sql.Composable]) -> sql.Composed:
    """Return the statement that prevents others from emptying relations but lets them write rows."""
    return sql.SQL("LOCK TABLE {} IN ACCESS SHARE MODE").format(sql.SQL(", ").join(relations))


def apply_settings(connection: Connection, lock_timeout_s: float) -> None:
    """Set, for this transaction, the timeouts and all settings that affect reading values and printing types."""
    values = {"lock_timeout": f"{milliseconds(lock_timeout_s)}ms", **SETTINGS}
    connection.execute(query("session"), {"names": list(values), "values": list(values.values())})


def set_local(connection: Connection, name: str, value: str) -> None:
    """Set one setting for the rest of the transaction."""
    connection.execute("SELECT pg_catalog.set_config(%s, %s, true)", [name, value])


def set_search_path(connection: Connection, path: str | None) -> None:
    """Set the search path for the rest of the transaction. None is the role's own path in this database."""
    if path is None:
        connection.execute("SET LOCAL search_path TO DEFAULT")
    else:
        set_local(connection, "search_path", path)


def pin_session(connection: Connection) -> None:
    """Pin the search path of an autocommit session, which must not share its server session (pool_mode)."""
    connection.execute("SELECT pg_catalog.set_config('search_path', %s, false)", [PINNED])


@contextlib.contextmanager
def _search_path(connection: Connection, path: str | None) -> Iterator[None]:
    (before,) = one_row(connection, "SHOW search_path")
    set_search_path(connection, path)
    yield
    set_search_path(connection, before)


def qualified_names(connection: Connection) -> AbstractContextManager[None]:
    """Let Postgres print definitions with schema-qualified names while the block runs."""
    return _search_path(connection, QUALIFIED)


def own_path(connection: Connection) -> AbstractContextManager[None]:
    """Run the block's statements under the role's own search path, since they run code of the target.

    In these statements every operator, function and type that snap uses has to have its schema.
    """
    return _search_path(connection, None)


def printed_types(connection: Connection) -> AbstractContextManager[None]:
    """Run the block's statements under the path PRINTED, so that types are named as it prints them.

    These statements may contain no operators, and must name the schema of each function.
    """
    return _search_path(connection, PRINTED)


def exclude_others(connection: Connection, lock_timeout_s: float) -> None:
    """Wait for a running restore into this database, and lock out others.

    The lock ends with the transaction, so it works through a pooler. Errors: TargetError after `lock_timeout_s`.
    """
    try:
        connection.execute("SELECT pg_catalog.pg_advisory_xact_lock(%s, %s)", RESTORE_LOCK)
    except psycopg.errors.LockNotAvailable:
        raise LockHeldError(
            f"lock held: another restore is still running in this database after {lock_timeout_s:g} s",
            "wait until it is done, then run this again",
        ) from None
