"""Test recognising a pooler by the settings that a session keeps between transactions. Process IDs prove nothing."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import psycopg
import pytest

from snap.errors import ServiceError, TargetError
from snap_restorer.pg import pool_mode
from snap_restorer.pg.pool_mode import require_session
from snap_restorer.pg.target import Target
from tests.postgres import Server, bouncer, bouncer_program, execute, name_of

pytestmark = pytest.mark.skipif(bouncer_program() is None, reason="no PgBouncer on this machine")


def through(port: int, database: str) -> Target:
    return Target(f"host=127.0.0.1 port={port} user=postgres dbname='{name_of(database)}'")


def ask(target: Target, *, autocommit: bool = False) -> None:
    with target.connect() as connection:
        connection.autocommit = autocommit
        require_session(connection, target, "nothing goes")


@contextmanager
def busy(target: Target, sessions: int) -> Iterator[None]:
    """While the block runs, keep a number of the pooler's sessions in transactions, and open as many idle ones."""
    others = [psycopg.connect(target.conninfo) for _ in range(2 * sessions)]
    for other in others:
        other.execute("SELECT 1")
    for other in others[sessions:]:
        other.rollback()
    yield
    for other in others:
        other.close()


@pytest.mark.parametrize("autocommit", [True, False])
@pytest.mark.parametrize("sessions", [2, 6])
def test_each_way_is_told_five_times_of_five(pg: Server, database: str, sessions: int, autocommit: bool) -> None:
    with bouncer(pg, "postgres", mode="session", sessions=sessions) as port:
        for _ in range(5):
            ask(through(port, database), autocommit=autocommit)
            ask(Target(database), autocommit=autocommit)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("sessions", "others", "more"),
    [(1, 0, ""), (2, 0, ""), (6, 2, ""), (6, 3, "server_round_robin = 1"), (9, 3, "server_reset_query_always = 1")],
)
def test_transaction_mode_is_told_by_name_whatever_the_pool(
    pg: Server, database: str, sessions: int, others: int, more: str
) -> None:
    with bouncer(pg, "postgres", sessions=sessions, more=more) as port:
        target = through(port, database)
        with busy(target, others):
            for autocommit in (True, False, True, False, True):
                with pytest.raises(TargetError, match="is a connection pooler in transaction mode") as refused:
                    ask(target, autocommit=autocommit)
    assert "through which nothing goes" in refused.value.message
    assert "session mode" in refused.value.hint
    assert refused.value.unchanged


def test_statement_mode_is_refused_too(pg: Server, database: str) -> None:
    with bouncer(pg, "postgres", mode="statement") as port, pytest.raises((TargetError, ServiceError)) as refused:
        ask(through(port, database))
    assert "statement pooling" in refused.value.message


def test_a_pooler_without_a_second_session_is_named_in_time(
    pg: Server, database: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pool_mode, "WAIT_S", 0.5)
    with (
        bouncer(pg, "postgres", mode="session") as port,
        pytest.raises(ServiceError, match=r"provides no second session within 0\.5 s") as refused,
    ):
        ask(through(port, database))
    assert "pool" in refused.value.hint


def test_a_pooler_s_session_keeps_no_token(database: str, bouncer_port: int) -> None:
    target = through(bouncer_port, database)
    with pytest.raises(TargetError):
        ask(target)
    assert execute(target.conninfo, "SELECT current_setting('snap.probe', true)") == [("",)]


def test_a_user_s_own_setting_of_that_prefix_stands_in_no_way(database: str, session_port: int) -> None:
    execute(database, f"ALTER DATABASE \"{name_of(database)}\" SET snap.probe = 'own'")
    ask(through(session_port, database))
    ask(Target(database))
