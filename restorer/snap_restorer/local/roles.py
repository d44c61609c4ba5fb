"""The two roles of an embedded server: the owner for daily use, and the superuser for snap's own administration.

Code in a database runs with the rights of the role that is connected, so no command connects as the superuser by
default. One passfile holds both passwords, one on each line. The owner's line is written once the owner owns
everything.
"""

from __future__ import annotations

import secrets
from pathlib import Path

import psycopg
from psycopg import sql
from psycopg.conninfo import make_conninfo

from snap import durable
from snap_restorer.pg.hand_over import hand_over
from snap_restorer.pg.target import Connection

OWNER = "snap_owner"  # not "snap": by the usual search_path, "$user", its tables would go to the ledger's schema
SUPERUSER = "postgres"
_MAINTENANCE = "postgres"


def passwords(passfile: Path) -> dict[str, str]:
    """Return the passwords by role, none if the file is missing or is no regular file."""
    try:
        lines = durable.read(passfile).decode().splitlines()
    except (FileNotFoundError, durable.NotAFileError):
        return {}
    return dict(line.rsplit(":", 2)[1:] for line in lines if line.count(":") >= 4)


def passfile_text(passwords: dict[str, str]) -> str:
    """Return the text of a passfile in libpq's format."""
    return "".join(f"*:*:*:{role}:{passwords[role]}\n" for role in (OWNER, SUPERUSER) if role in passwords)


def new_password() -> str:
    """Return a random password."""
    return secrets.token_urlsafe(24)


def settle(server: str, known: dict[str, str]) -> dict[str, str]:
    """Create the owner role and give it the superuser's databases, unless it exists. Return both roles' passwords.

    `server` is the superuser's conninfo, `known` are the passwords in the passfile. A missing password is set anew. An
    interrupted call is completed by the next one. Errors: psycopg's.
    """
    fresh = {role: new_password() for role in (OWNER, SUPERUSER) if role not in known}
    with connect(server, _MAINTENANCE) as connection:
        if not connection.execute("SELECT FROM pg_catalog.pg_roles WHERE rolname = %s", [OWNER]).rowcount:
            connection.execute(sql.SQL("CREATE ROLE {} NOLOGIN CREATEDB").format(sql.Identifier(OWNER)))
        unowned = connection.execute(
            """SELECT d.datname, d.datallowconn FROM pg_catalog.pg_database d, pg_catalog.pg_roles r
            WHERE d.datdba = 10 AND d.datname NOT IN ('template0', 'template1')
            AND r.rolname = %s AND NOT r.rolcanlogin""",  # the owner role may log in once it owns all databases
            [OWNER],
        ).fetchall()
        for name, connectable in unowned:
            give_database(server, name, contents=connectable)
        for role, password in fresh.items():
            connection.execute(
                sql.SQL("ALTER ROLE {} LOGIN PASSWORD {}").format(sql.Identifier(role), sql.Literal(password))
            )
    return known | fresh


def give_database(server: str, name: str, *, contents: bool = True) -> None:
    """Give the owner role a database and the objects in it that the superuser owns.

    If the database accepts no connections, only the database itself is given.
    """
    owner = sql.Identifier(OWNER)
    with connect(server, name if contents else _MAINTENANCE) as connection, connection.transaction():
        if contents:
            hand_over(connection, OWNER)
        connection.execute(sql.SQL("ALTER DATABASE {} OWNER TO {}").format(sql.Identifier(name), owner))


def connect(server: str, database: str) -> Connection:
    """Open a superuser's session in which no object of the database's owner can shadow one of Postgres' own."""
    conninfo = make_conninfo(server, dbname=database, options="-c search_path=pg_catalog,pg_temp")
    return psycopg.connect(conninfo, autocommit=True)
