"""Read what a server says about the databases created on it."""

from __future__ import annotations

from tests.postgres import execute


def templates(admin: str) -> list[tuple[int, str]]:
    return execute(admin, "SELECT oid::bigint, datname FROM pg_database WHERE datname LIKE 'snap\\_tpl\\_%' ORDER BY 1")


def described(url: str, name: str) -> str | None:
    """Return the comment of a database."""
    query = "SELECT shobj_description(oid, 'pg_database') FROM pg_database WHERE datname = %s"
    return execute(url, query, name)[0][0]
