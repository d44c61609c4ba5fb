"""The mark of a database that snap may change: a row in the table snap.allowed of the database itself.

The mark is trusted only if it holds the server's system identifier and the database's OID, and if the table belongs to
the database's owner and nobody else may write it. So neither a dump nor a template carries it into another database. A
physical copy of the whole server does.
"""

from __future__ import annotations

import psycopg
from psycopg import sql

from snap.errors import TargetError
from snap_restorer.pg import ledger, transaction
from snap_restorer.pg.catalog import one_row, query
from snap_restorer.pg.server_errors import refused
from snap_restorer.pg.target import Connection, Target

TABLE = "allowed"
_LOCK_TIMEOUT_S = 10.0


def is_marked(connection: Connection) -> bool:
    """Return whether the database carries a valid mark."""
    if not _exists(connection) or not ledger.access(connection, TABLE).readable:
        return False
    try:
        with connection.transaction():
            (marked,) = one_row(connection, query("mark_read"))
    except psycopg.errors.UndefinedColumn:  # another table has that name
        return False
    return bool(marked)


def allow(target: Target) -> None:
    """Mark a database as one that snap may change.

    Errors: TargetError if this role may not act for the database's owner; ServiceError.
    """
    with target.connect() as connection:
        owner = _as_owner(connection, target)
        try:
            connection.execute(query("mark_create").encode())
        except (psycopg.errors.InsufficientPrivilege, psycopg.errors.UndefinedColumn) as error:
            raise refused(f"{owner}, who owns {target.redacted}, cannot mark it", error, unchanged=True) from None
        if not is_marked(connection):
            raise TargetError(
                f"a mark in {target.redacted} would not be trusted: other roles own or may write its table "
                "snap.allowed, or the schema snap",
                f"make {owner} the owner of both, and revoke the rights of other roles to create or write there",
                unchanged=True,
            )
        target.commit(connection)


def revoke(target: Target) -> bool:
    """Remove the mark, and return whether there was a table of marks. Errors: as of `allow`."""
    with target.connect() as connection:
        _as_owner(connection, target)
        marked = _exists(connection)
        if marked:
            connection.execute("DROP TABLE snap.allowed")
        target.commit(connection)
        return marked


def _as_owner(connection: Connection, target: Target) -> str:
    """Begin a transaction as the database's owner, and return the name of that role. Errors: TargetError."""
    transaction.begin(connection, _LOCK_TIMEOUT_S)
    (owner,) = one_row(
        connection,
        "SELECT pg_catalog.pg_get_userbyid(d.datdba) FROM pg_catalog.pg_database d "
        "WHERE d.datname = pg_catalog.current_database()",
    )
    try:
        connection.execute(sql.SQL("SET LOCAL ROLE {}").format(sql.Identifier(owner)))
    except psycopg.errors.InsufficientPrivilege:
        raise TargetError(
            f"only {owner}, who owns {target.redacted}, may allow snap to change it",
            f"connect as {owner}",
            unchanged=True,
        ) from None
    return str(owner)


def _exists(connection: Connection) -> bool:
    return (
        connection.execute(
            "SELECT FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace "
            "WHERE n.nspname = 'snap' AND c.relname = 'allowed'"
        ).fetchone()
        is not None
    )
