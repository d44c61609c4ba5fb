"""Whether a server can read texts as SQL, found out without running any of them."""

from __future__ import annotations

import contextlib
from collections.abc import Mapping
from dataclasses import dataclass

import psycopg
from psycopg.pq import ExecStatus

from snap_restorer.pg.server_errors import words
from snap_restorer.pg.target import Connection, Target

_SYNTAX_ERROR = "42601"
# Of Postgres' sources, those that read the text itself. Others use that SQLSTATE for what depends on the tables.
_READERS = frozenset({"scan.l", "gram.y", "parser.c", "postgres.c"})


@dataclass(frozen=True, slots=True, kw_only=True)
class MalformedSql:
    """Why the server cannot read a text, in its words, and at which character, from 1, where it says so."""

    message: str
    position: int | None


def fail_transaction(connection: Connection) -> None:
    """Let the transaction fail, so that the server reads what `syntax_error` asks about, and does no more.

    To analyse a statement would evaluate its literals, whose types may have CHECKs: code of others.
    """
    with contextlib.suppress(psycopg.errors.DivisionByZero):
        connection.execute("SELECT 1 OPERATOR(pg_catalog./) 0")


def syntax_error(connection: Connection, text: str) -> MalformedSql | None:
    """Return why a text is not one statement of SQL, None where it is one. It is parsed, and never run.

    Whether tables and columns exist is not asked: something may make them first. After `fail_transaction`. Errors:
    psycopg.Error where the connection is lost.
    """
    result = connection.pgconn.prepare(b"", text.encode())
    if result.status != ExecStatus.FATAL_ERROR:
        return None
    error = psycopg.errors.error_from_result(result)
    if error.sqlstate == _SYNTAX_ERROR and error.diag.source_file in _READERS:
        position = error.diag.statement_position
        return MalformedSql(message=words(error).message, position=int(position) if position else None)
    if connection.closed:
        raise error
    return None


def malformed(target: Target, texts: Mapping[str, str]) -> dict[str, str]:
    """Return by name which texts are not one statement of SQL, and why. Errors: ServiceError, TargetError."""
    with target.connect() as connection:
        fail_transaction(connection)
        problems = {name: syntax_error(connection, text) for name, text in texts.items()}
    return {name: problem.message for name, problem in problems.items() if problem is not None}
