"""Give objects that a superuser creates to the database's owner.

A superuser that restores into another role's database would own all of the new objects. The database's owner could not
use its tables, and the next superuser's session would run the functions as a superuser's own.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterator

from snap_restorer.pg.catalog import query
from snap_restorer.pg.schema_objects import LEDGER
from snap_restorer.pg.target import Connection

_CLOSED = """
SELECT n.nspname::pg_catalog.text
FROM pg_catalog.pg_namespace n
WHERE n.nspowner OPERATOR(pg_catalog.=) %s::pg_catalog.oid
  AND NOT pg_catalog.has_schema_privilege(%s::pg_catalog.name, n.oid, 'USAGE')
"""


@contextlib.contextmanager
def handed_over(connection: Connection) -> Iterator[None]:
    """Give objects that the block creates to the database's owner, if this role is a superuser and the owner is not.

    Objects in a schema of this role's that the owner may not use stay this role's, since foreign keys are checked as
    the role that owns their tables. The block begins and ends under the pinned search path, in one transaction.
    """
    receiver = connection.execute(query("receiver"), {"owner": None}).fetchone()
    if receiver is None:
        yield
        return
    holder, owner = receiver
    before = set(_statements(connection, holder, owner))
    closed = tuple(name for (name,) in connection.execute(_CLOSED, receiver))
    yield
    for statement in _statements(connection, holder, owner, closed):
        if statement not in before:
            connection.execute(statement.encode())


def hand_over_copy(connection: Connection, owner: str) -> None:
    """Give a role the whole database except the ledger, if this role is a superuser and the other is not."""
    receiver = connection.execute(query("receiver"), {"owner": owner}).fetchone()
    if receiver is not None:
        hand_over(connection, owner, holder=receiver[0], keep=(LEDGER,))


def hand_over(connection: Connection, owner: str, *, holder: int = 10, keep: tuple[str, ...] = ()) -> None:
    """Give a role all objects that another role owns in this database, except objects in the schemas `keep`.

    `holder` is the OID of that other role, by default of the superuser that initdb made.
    """
    for statement in _statements(connection, holder, owner, keep):
        connection.execute(statement.encode())


def _statements(connection: Connection, holder: int, owner: str, keep: tuple[str, ...] = ()) -> list[str]:
    parameters = {"holder": holder, "owner": owner, "keep": list(keep)}
    return [statement for (statement,) in connection.execute(query("hand_over"), parameters)]
