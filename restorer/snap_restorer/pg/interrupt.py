"""End work in Postgres early: by an event, checked between steps and while the server works, or by a time limit."""

from __future__ import annotations

import contextlib
import os
import socket
import threading
from collections.abc import Iterator
from typing import Any

import psycopg

from snap.errors import Interrupted, ServiceError

_POLL_S = 0.1
_SIGTERM = 15


def require_going(stop: threading.Event) -> None:
    """Raise Interrupted if `stop` is set."""
    if stop.is_set():
        raise Interrupted(_SIGTERM)


@contextlib.contextmanager
def interruptible(connection: psycopg.Connection[Any], stop: threading.Event) -> Iterator[None]:
    """Cancel the connection's running statement once `stop` is set. Errors: Interrupted then."""
    done = threading.Event()

    def watch() -> None:
        while not done.wait(_POLL_S):
            if stop.is_set():
                with contextlib.suppress(psycopg.Error):
                    connection.cancel_safe(timeout=2)
                done.wait(1)  # the session may have been between two statements

    thread = threading.Thread(target=watch, daemon=True)
    thread.start()
    try:
        yield
    except (psycopg.errors.QueryCanceled, ServiceError):  # a second session in the block has translated the error
        require_going(stop)
        raise
    finally:
        done.set()
        thread.join()


@contextlib.contextmanager
def answered_within(connection: psycopg.Connection[Any], seconds: float) -> Iterator[None]:
    """Cut the connection if the block takes longer than `seconds`. Errors: TimeoutError then.

    A pooler without a free session does not answer, and nothing could be cancelled there, so the socket itself is
    closed.
    """
    late = threading.Event()

    def cut() -> None:
        late.set()
        with (
            contextlib.suppress(psycopg.Error, OSError),
            socket.socket(fileno=os.dup(connection.fileno())) as line,
        ):
            line.shutdown(socket.SHUT_RDWR)

    timer = threading.Timer(seconds, cut)
    timer.daemon = True
    timer.start()
    try:
        yield
    except psycopg.OperationalError:
        if late.is_set():
            raise TimeoutError from None
        raise
    finally:
        timer.cancel()
