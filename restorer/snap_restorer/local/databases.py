"""The databases of the embedded server: a list of them, and the reset of one."""

from __future__ import annotations

from dataclasses import dataclass

import psycopg
from psycopg import sql

from snap.errors import ServiceError, UsageError
from snap_restorer.local.roles import OWNER, connect
from snap_restorer.local.server import Server
from snap_restorer.pg.marks import mark_of
from snap_restorer.pg.server_errors import words

MAINTENANCE = "postgres"
_OWN = frozenset({MAINTENANCE, "template0", "template1"})


@dataclass(frozen=True, slots=True, kw_only=True)
class HeldDatabase:
    """A database of the server, with the size of its files in bytes. `template`: every role may copy the database.

    `about` is the purpose that snap noted when it created the database, such as `snap template`. It is "" for a
    database without such a note, such as one that a restore created.
    """

    name: str
    bytes: int
    template: bool
    about: str


def databases_of(server: Server) -> tuple[HeldDatabase, ...]:
    """Return the databases of a running server sorted by name, without Postgres' own. Errors: ServiceError."""
    try:
        with connect(_superuser(server), MAINTENANCE) as connection:
            rows = connection.execute(
                """SELECT datname, pg_catalog.pg_database_size(oid), datistemplate,
                    pg_catalog.shobj_description(oid, 'pg_database') FROM pg_catalog.pg_database
                WHERE datname OPERATOR(pg_catalog.<>) ALL (%s) ORDER BY datname""",
                [list(_OWN)],
            ).fetchall()
    except psycopg.Error as error:
        raise ServiceError(
            f"the embedded Postgres does not answer: {words(error).whole}", f"read {server.log}"
        ) from None
    return tuple(
        HeldDatabase(name=name, bytes=size, template=template, about=mark_of(comment))
        for name, size, template, comment in rows
    )


def require_held(server: Server, name: str) -> None:
    """Raise UsageError for a database of Postgres' own, ServiceError if the server has no database of that name."""
    if name in _OWN:
        raise UsageError(f"{name} is one of Postgres' own databases", "name a database that a restore has created")
    names = [database.name for database in databases_of(server) if not database.template]
    if name not in names:
        known = f"the databases are: {', '.join(names)}" if names else "there is no database; run: snap restore VERSION"
        raise ServiceError(f"the embedded Postgres has no database {name}", known)


def reset_database(server: Server, name: str) -> None:
    """Drop a database, end the sessions in it, and create it again empty. Errors: as `require_held`, ServiceError."""
    require_held(server, name)
    identifier = sql.Identifier(name)
    try:
        with connect(_superuser(server), MAINTENANCE) as connection:
            connection.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(identifier))
            connection.execute(sql.SQL("CREATE DATABASE {} OWNER {}").format(identifier, sql.Identifier(OWNER)))
    except psycopg.Error as error:
        raise ServiceError(
            f"database {name} cannot be created again in the embedded Postgres: {words(error).whole}",
            f"read {server.log}",
        ) from None


def _superuser(server: Server) -> str:
    return server.as_superuser().url(MAINTENANCE, password=True)
