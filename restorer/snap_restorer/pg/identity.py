"""Identify a database independently of its address, by its server's system identifier and its name.

The OID is not used: to a user, a database that was dropped and created again, or replaced by a clone, is the same
database. A physical copy of a whole server has the identifier of the original.
"""

from __future__ import annotations

from snap_restorer.pg.catalog import one_row
from snap_restorer.pg.target import Connection, Target

_CONTROL = "pg_catalog.pg_control_system()"


def identify(connection: Connection) -> str | None:
    """Return the identity of a database as a text, None if this role may not read the server's identifier."""
    (allowed,) = one_row(connection, "SELECT pg_catalog.has_function_privilege(%s, 'EXECUTE')", [_CONTROL])
    if not allowed:
        return None
    (identity,) = one_row(
        connection,
        "SELECT pg_catalog.concat(system_identifier, '/', pg_catalog.current_database()) "
        "FROM pg_catalog.pg_control_system()",
    )
    return str(identity)


def identity_of(target: Target) -> str | None:
    """Return the identity of a target. Errors: ServiceError, TargetError."""
    with target.connect() as connection:
        return identify(connection)
