"""Test that a session ended by the server always raises a connection error, whatever the driver was doing."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import psycopg
import pytest

from snap.errors import ServiceError
from snap_restorer import Target
from tests.postgres import execute, name_of

Use = Callable[[psycopg.Connection[Any], Callable[[], None]], None]


def writes(connection: psycopg.Connection[Any], end: Callable[[], None]) -> None:
    """Let the server end the session between two pieces of a COPY."""
    with connection.cursor() as cursor, cursor.copy("COPY t FROM STDIN") as copy:
        copy.write(b"1\n")
        end()
        for _ in range(100):
            copy.write(b"2\n" * 50_000)


def finishes(connection: psycopg.Connection[Any], end: Callable[[], None]) -> None:
    """Let the server end the session when all rows of a COPY are sent, before the COPY ends."""
    with connection.cursor() as cursor, cursor.copy("COPY t FROM STDIN") as copy:
        copy.write(b"1\n")
        end()


def reads(connection: psycopg.Connection[Any], end: Callable[[], None]) -> None:
    """Let the server end the session while rows are read."""
    statement = "COPY (SELECT repeat('x', 9000) FROM generate_series(1, 100000)) TO STDOUT"
    with connection.cursor() as cursor, cursor.copy(statement) as copy:
        for i, _ in enumerate(copy):
            if i == 10:
                end()


def pipes(connection: psycopg.Connection[Any], end: Callable[[], None]) -> None:
    """Let the server end the session within a pipeline."""
    with connection.pipeline():
        connection.execute("SELECT 1")
        end()
        for _ in range(10):
            connection.execute("SELECT 2")


def asks(connection: psycopg.Connection[Any], end: Callable[[], None]) -> None:
    """Let the server end the session between two transactions."""
    connection.rollback()
    end()
    connection.execute("SELECT 1")


@pytest.mark.parametrize("use", [writes, finishes, reads, pipes, asks])
@pytest.mark.parametrize("pooled", [True, False])
def test_a_session_that_the_server_ended_is_an_error_of_the_server(
    use: Use, pooled: bool, request: pytest.FixtureRequest, database: str
) -> None:
    """PgBouncer adds its own message to the server's."""
    execute(database, "CREATE TABLE public.t (v text)")

    def end() -> None:
        execute(database, "SELECT pg_terminate_backend(%s, 5000)", pid)

    port = request.getfixturevalue("session_port") if pooled else 0
    name = name_of(database).replace(" ", "%20")
    url = f"postgresql://postgres@127.0.0.1:{port}/{name}" if pooled else database
    with pytest.raises(ServiceError) as failed, Target(url).connect() as connection:
        connection.execute("SET LOCAL search_path = public")
        ((pid,),) = connection.execute("SELECT pg_catalog.pg_backend_pid()")
        use(connection, end)
    assert re.search("terminat|closed the connection|conn crashed", failed.value.message), failed.value.message
    assert "line 1" not in failed.value.reported
