"""Check whether a server can parse texts as SQL, without running any of them."""

from __future__ import annotations

import contextlib
from collections.abc import Mapping
from dataclasses import dataclass

import psycopg
from psycopg.pq import ExecStatus

from snap_restorer.pg.server_errors import words
from snap_restorer.pg.target import Connection, Target

_SYNTAX_ERROR = "42601"
# Postgres' source files that parse the text itself. Other files use this SQLSTATE for errors that depend on tables.
_READERS = frozenset({"scan.l", "gram.y", "parser.c", "postgres.c"})


@dataclass(frozen=True, slots=True, kw_only=True)
class MalformedSql:
    """The server's reason for not parsing a text, and the character position, from 1, if the server gives one."""

    message: str
    position: int | None


def fail_transaction(connection: Connection) -> None:
    """Make the transaction fail, so that the server only parses the statements of `syntax_error`.

    Analysing a statement would evaluate its literals, whose types may have CHECKs, which are code of other roles.
    """
    with contextlib.suppress(psycopg.errors.DivisionByZero):
        connection.execute("SELECT 1 OPERATOR(pg_catalog./) 0")


def syntax_error(connection: Connection, text: str) -> MalformedSql | None:
    """Return why a text is not one statement of SQL, None if it is one. The text is parsed and never run.

    Tables and columns need not exist, since another statement may create them first. Call this after
    `fail_transaction`. Errors: psycopg.Error if the connection is lost.
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
    """Return by name the texts that are not one statement of SQL, with the reasons.

    Errors: ServiceError, TargetError.
    """
    with target.connect() as connection:
        fail_transaction(connection)
        problems = {name: syntax_error(connection, text) for name, text in texts.items()}
    return {name: problem.message for name, problem in problems.items() if problem is not None}
