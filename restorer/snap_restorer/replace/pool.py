"""Run work over several connections at once, one thread for each, and stop all of it when one fails."""

from __future__ import annotations

import contextlib
import os
import socket
import threading
import time
from collections.abc import Callable, Sequence

import psycopg

from snap_restorer.pg.target import Connection

_CANCELLED_S = 3.0  # time for a server that answers to end a cancelled statement
_AGAIN_S = 0.3  # a thread may have been between two statements


class Stopped(Exception):  # noqa: N818 - it is no error: another thread's is
    """Raised in a thread to end its work after another thread has failed."""


class SideBySide:
    """Calls that run at the same time, each in a thread with its own connection."""

    def __init__(self, connections: Sequence[Connection]) -> None:
        self._connections = tuple(connections)
        self._stopped = threading.Event()
        self._lock = threading.Lock()
        self._error: BaseException | None = None

    def require_going(self) -> None:
        """Raise Stopped if another call has failed, or the run was interrupted."""
        if self._stopped.is_set():
            raise Stopped

    def run(self, call: Callable[[int, Connection], None]) -> None:
        """Call `call` for each connection, with its number, in threads that run at the same time.

        Errors: the first error of any call, after all others have ended; an interruption cancels the running calls.
        """

        def work(number: int, connection: Connection) -> None:
            try:
                call(number, connection)
            except BaseException as error:  # noqa: BLE001 - raised again in the thread that waits
                with self._lock:
                    self._error = self._error or error
                self._stopped.set()

        threads = [
            threading.Thread(target=work, args=(i, connection), name=f"snap-job-{i}", daemon=True)
            for i, connection in enumerate(self._connections)
        ]
        for thread in threads:
            thread.start()
        try:
            while any(thread.is_alive() for thread in threads) and not self._stopped.wait(0.02):
                pass
        finally:
            self._end(threads)
        if self._error is not None:
            raise self._error

    def _end(self, threads: Sequence[threading.Thread]) -> None:
        """Wait for the threads to end.

        If one has failed or the caller no longer waits, cancel the threads' statements on the server.
        """
        running = [(t, c) for t, c in zip(threads, self._connections, strict=True) if t.is_alive()]
        if not running:
            return
        self._stopped.set()
        until = time.monotonic() + _CANCELLED_S
        while any(thread.is_alive() for thread, _ in running) and time.monotonic() < until:
            for thread, connection in running:
                if thread.is_alive():
                    with contextlib.suppress(psycopg.Error):
                        connection.cancel_safe(timeout=2)
                    thread.join(_AGAIN_S)
        for thread, connection in running:
            if thread.is_alive():  # over a dead connection the answer to the cancellation never arrives
                _hang_up(connection)
        for thread, _ in running:
            thread.join()


def _hang_up(connection: Connection) -> None:
    """Shut a connection down on the client's side, so that no thread waits for the server."""
    with (
        contextlib.suppress(OSError, psycopg.Error),
        socket.socket(fileno=os.dup(connection.fileno())) as line,
    ):
        line.shutdown(socket.SHUT_RDWR)
