"""Test that statements to recreate indexes and constraints are sent in one round trip, and stop at the first error."""

from __future__ import annotations

import psycopg
import pytest

from snap_restorer import Target
from snap_restorer.pg import indexes
from tests.postgres import execute, name_of


def test_a_text_of_two_statements_runs_neither(database: str) -> None:
    with Target(database).connect() as connection, pytest.raises(psycopg.errors.SyntaxError, match="multiple commands"):
        indexes.run(
            connection, ["CREATE TABLE public.a ()", "CREATE TABLE public.b (); COMMIT; CREATE TABLE public.c ()"]
        )
    assert execute(database, "SELECT count(*) FROM pg_tables WHERE schemaname = 'public'") == [(0,)]


def test_the_error_is_that_of_the_statement_that_failed(database: str) -> None:
    with Target(database).connect() as connection, pytest.raises(psycopg.errors.DuplicateTable, match='"a"'):
        indexes.run(connection, ["CREATE TABLE public.a ()", "CREATE TABLE public.a ()", "CREATE TABLE public.b ()"])


def test_a_percent_sign_is_no_parameter_and_a_pooler_takes_all(bouncer_port: int, database: str) -> None:
    target = Target(f"host=127.0.0.1 port={bouncer_port} user=postgres dbname='{name_of(database)}'")
    statements = [
        "CREATE TABLE public.a (x text)",
        *(f"CREATE INDEX i{n} ON public.a (x) WHERE x <> '%s{n}'" for n in range(20)),
    ]
    with target.connect() as connection:
        indexes.run(connection, statements)
        connection.commit()
    assert execute(database, "SELECT count(*) FROM pg_indexes WHERE tablename = 'a'") == [(20,)]
