"""What a server says of the databases that are made on it."""

from __future__ import annotations

from tests.postgres import execute


def templates(admin: str) -> list[tuple[int, str]]:
    return execute(admin, "SELECT oid::bigint, datname FROM pg_database WHERE datname LIKE 'snap\\_tpl\\_%' ORDER BY 1")


def described(url: str, name: str) -> str | None:
    """Return a database's comment."""
    query = "SELECT shobj_description(oid, 'pg_database') FROM pg_database WHERE datname = %s"
    return execute(url, query, name)[0][0]
