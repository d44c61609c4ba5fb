"""Tell a pooler in transaction mode, which shares sessions between transactions, from a session of one's own.

A session setting that was made in one transaction must exist in the next one, and in no other client's session. Process
IDs prove nothing: a pooler in session mode gives numbers of its own, and another one may pass the server's on.
"""

from __future__ import annotations

import secrets

from snap.errors import ServiceError, TargetError
from snap_restorer.pg.catalog import one_row
from snap_restorer.pg.interrupt import answered_within
from snap_restorer.pg.target import Connection, Target

WAIT_S = 10.0  # for a second session, for which a pooler may have no room
_ROUNDS = (1, 2, 3)  # transactions of the other client, after which a round-robin pooler returns to a session
_SETTING = "snap.probe"


def require_session(connection: Connection, target: Target, refused: str) -> None:
    """Raise TargetError if the target is a pooler in transaction mode. `connection` is in no transaction.

    `refused` says what fails through such a pooler. Errors: TargetError, ServiceError.
    """
    try:
        with target.connect() as other, answered_within(other, WAIT_S):
            shared = any(_is_shared(connection, other, transactions) for transactions in _ROUNDS)
    except TimeoutError:
        raise ServiceError(
            f"{target.redacted} provides no second session within {WAIT_S:g} s",
            "if it is a connection pooler, set its pool size to 4 or more, and check that other clients leave "
            "sessions free",
            unchanged=True,
        ) from None
    if shared:
        raise TargetError(
            f"{target.redacted} is a connection pooler in transaction mode, through which {refused}",
            "use the server's own address, or the pooler's address for session mode (port 5432 of Supabase's pooler)",
            unchanged=True,
        )


def _is_shared(connection: Connection, other: Connection, transactions: int) -> bool:
    """Return whether a setting of one session reaches the other session, or is lost."""
    token = secrets.token_hex(16)
    _set(connection, token)
    for _ in range(transactions):  # the last one stays open, so that `connection` cannot get its session
        other.rollback()
        if _get(other) == token:
            _set(other, "")
            return True
    kept = _get(connection) == token
    connection.rollback()
    _set(connection, "")
    other.rollback()
    return not kept


def _set(connection: Connection, value: str) -> None:
    connection.execute("SELECT pg_catalog.set_config(%s, %s, false)", [_SETTING, value])
    connection.commit()


def _get(connection: Connection) -> str | None:
    (value,) = one_row(connection, "SELECT pg_catalog.current_setting(%s, true)", [_SETTING])
    return value if value is None else str(value)
