"""Prove that several URLs lead to the same database: a lock that one session holds must be unavailable to another.

An advisory lock exists within one database of one running server. System identifiers, names and addresses prove
nothing, since physical copies share the system identifier, and poolers and tunnels hide names and addresses. The lock
ends with its transaction, so it works through every pooler that keeps a transaction on one session. The lock needs no
rights and leaves nothing behind.
"""

from __future__ import annotations

import secrets
import time
from collections.abc import Sequence

from psycopg.conninfo import make_conninfo

from snap.errors import ServiceError, TargetError
from snap_restorer.pg.catalog import one_row
from snap_restorer.pg.interrupt import answered_within
from snap_restorer.pg.target import Connection, Target

WAIT_S = 10.0  # for the answers; waiting for a pooler's free session could take much longer


def require_one_database(targets: Sequence[Target], *, wait_s: float = WAIT_S) -> None:
    """Raise TargetError unless all `targets` are proved to be one database. The same URL twice needs no proof.

    If a URL names several servers, each of them is proved, since each session may be on another one. Unreachable
    servers are left out, and so are standbys, which nobody can write to. Errors: ServiceError if none can be reached.
    """
    each = {target: _servers(target) for target in targets}
    if any(len(servers) > 1 for servers in each.values()):
        each = {target: tuple(filter(_can_be_written, servers)) or (target,) for target, servers in each.items()}
    first, *others = dict.fromkeys(server for servers in each.values() for server in servers)
    for other in others:
        _prove(first, other, wait_s)


def _servers(target: Target) -> tuple[Target, ...]:
    """Return one target for each server that the target names."""
    given = target.parameters()
    lists = {key: given[key].split(",") for key in ("host", "hostaddr", "port") if given.get(key)}
    count = max((len(values) for key, values in lists.items() if key != "port"), default=1)
    if count == 1:
        return (target,)
    places = (
        {key: values[i] if len(values) == count else values[0] for key, values in lists.items()} for i in range(count)
    )
    return tuple(Target(make_conninfo(target.conninfo, **place)) for place in places)


def _can_be_written(target: Target) -> bool:
    """Return whether a server answers and is not a standby."""
    try:
        with target.connect() as connection:
            (standby,) = one_row(connection, "SELECT pg_catalog.pg_is_in_recovery()")
    except ServiceError:
        return False
    return not standby


def _prove(first: Target, other: Target, wait_s: float) -> None:
    key = int.from_bytes(secrets.token_bytes(8), signed=True)
    ends, pair = time.monotonic() + wait_s, f"{first.redacted} and {other.redacted}"
    with first.connect() as holder, other.connect() as asking:
        try:
            with answered_within(holder, wait_s):
                holder.execute("SELECT pg_catalog.pg_advisory_xact_lock(%s)", [key])
            with answered_within(asking, ends - time.monotonic()):
                hidden = _is_free(asking, key)
            with answered_within(holder, ends - time.monotonic()):
                holder.rollback()
            with answered_within(asking, ends - time.monotonic()):
                free = _is_free(asking, key)
        except TimeoutError:
            raise _unproved(
                f"it is not proved that {pair} are the same database: no answer within {wait_s:g} s",
                "a connection pooler may have no free session: allow it more than one, or use the server's own "
                "address for both",
            ) from None
    if hidden:
        raise _unproved(
            f"{pair} are two databases: a lock that is held in the first is free in the second",
            "check both URLs, and the secrets that hold them",
        )
    if not free:
        raise _unproved(
            f"it is not proved that {pair} are the same database: a lock of the first is still held after its "
            "transaction has ended",
            "use the server's own address, or that of a pooler in session or transaction mode",
        )


def _is_free(connection: Connection, key: int) -> bool:
    """Return whether the lock can be taken in a new transaction of this session."""
    (free,) = one_row(connection, "SELECT pg_catalog.pg_try_advisory_xact_lock(%s)", [key])
    connection.rollback()
    return bool(free)


def _unproved(message: str, hint: str) -> TargetError:
    return TargetError(message, hint, unchanged=True)
