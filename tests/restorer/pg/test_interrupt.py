"""Test that work in Postgres ends soon after its event is set, and says that it was interrupted."""

from __future__ import annotations

import threading
import time

import pytest

from snap.errors import Interrupted, ServiceError
from snap_restorer.pg.interrupt import interruptible
from snap_restorer.pg.target import Target


@pytest.mark.parametrize("sessions", [0, 1, 2])
def test_a_statement_is_cancelled_also_in_the_block_of_other_sessions(database: str, sessions: int) -> None:
    """The block of a session translates errors of all statements in it, also of another session's."""
    target, stop = Target(database), threading.Event()

    def within(more: int) -> None:
        if more:
            with target.connect():
                within(more - 1)
        else:
            stop.set()
            connection.execute("SELECT pg_sleep(20)")

    started = time.monotonic()
    with pytest.raises(Interrupted), target.connect() as connection, interruptible(connection, stop):
        within(sessions)
    assert time.monotonic() - started < 15


def test_what_somebody_else_cancels_is_no_interruption(database: str) -> None:
    target = Target(database)
    with (
        pytest.raises(ServiceError, match="canceling statement due to statement timeout"),
        target.connect() as connection,
        interruptible(connection, threading.Event()),
    ):
        connection.execute("SET statement_timeout = 50")
        connection.execute("SELECT pg_sleep(20)")
