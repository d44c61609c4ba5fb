"""Test dropping several databases at once."""

from __future__ import annotations

from collections.abc import Callable

import psycopg
import pytest

from snap_restorer import Target
from snap_restorer.clones import databases
from snap_restorer.clones.dropping import drop_together
from tests.postgres import execute

COUNT = "SELECT count(*) FROM pg_database WHERE datname LIKE 'snap\\_d%'"


def make(admin: str, number: int) -> list[str]:
    names = [f"snap_d{each}" for each in range(number)]
    for name in names:
        execute(admin, f"CREATE DATABASE {name}")
    return names


@pytest.mark.slow
def test_all_are_dropped_with_their_sessions_and_one_that_is_gone_is_no_error(admin: str) -> None:
    names = make(admin, 5)
    with databases.serve(Target(admin)) as server, psycopg.connect(admin, dbname=names[1]):
        assert drop_together(server, [*names, "snap_d_gone"], sessions=3) == {}
    assert execute(admin, COUNT) == [(0,)]


def test_what_cannot_be_dropped_is_returned_and_the_others_go(admin: str) -> None:
    names = make(admin, 3)
    execute(admin, f"ALTER DATABASE {names[1]} IS_TEMPLATE true")
    with databases.serve(Target(admin)) as server:
        failed = drop_together(server, names)
    assert {name: error.message for name, error in failed.items()} == {names[1]: "cannot drop a template database"}
    assert execute(admin, COUNT) == [(1,)]


def test_where_the_server_has_no_session_left_they_go_one_after_another(
    admin: str, roles: Callable[[str], Target]
) -> None:
    execute(admin, "ALTER ROLE maker CONNECTION LIMIT 2")
    with databases.serve(roles("maker")) as server:
        for number in range(3):
            server.worker.execute(f"CREATE DATABASE snap_d{number}".encode())
        assert drop_together(server, ["snap_d0", "snap_d1", "snap_d2"]) == {}
    assert execute(admin, COUNT) == [(0,)]
