"""Tasks over several connections at once, each in a transaction of its own, in an order that their needs allow."""

from __future__ import annotations

import contextlib
import os
import socket
import threading
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import psycopg

from snap_restorer.pg.target import Connection, Target

_CANCELLED_S = 3.0  # what a server that answers needs to end a cancelled statement


@dataclass(frozen=True, slots=True, kw_only=True)
class Task:
    """One piece of work; `after` are the names of all tasks that come before it. Many tasks may share a name."""

    name: str
    run: Callable[[Connection], None]
    after: frozenset[str] = frozenset()


def run_tasks(target: Target, tasks: Sequence[Task], *, jobs: int, begin: Callable[[Connection], None]) -> None:
    """Run `tasks` on `jobs` connections, the first ones first, and commit each. `begin` opens every transaction.

    Errors: the first one of any task, after all others have ended; an interruption cancels what runs.
    """
    shared = _TaskQueue(tasks)
    threads = [
        threading.Thread(target=_work, args=(target, shared, begin), name=f"snap-job-{i}", daemon=True)
        for i in range(max(1, min(jobs, len(tasks))))
    ]
    for thread in threads:
        thread.start()
    try:
        for thread in threads:
            thread.join()
    finally:
        shared.stop()  # after an interruption: threads end at once
        for thread in threads:
            thread.join(_CANCELLED_S)
        shared.hang_up()  # a line that fell silent never brings the answer to the cancellation
        for thread in threads:
            thread.join()
    if shared.error is not None:
        raise shared.error


def _work(target: Target, shared: _TaskQueue, begin: Callable[[Connection], None]) -> None:
    try:
        with target.connect() as connection, shared.using(connection):
            while (task := shared.take()) is not None:
                begin(connection)
                task.run(connection)
                connection.commit()
                shared.done(task)
    except BaseException as error:  # noqa: BLE001 - raised again in the thread that waits
        shared.fail(error)


class _TaskQueue:
    """What the threads share: which tasks wait, run and are done, the first error, the connections in use."""

    def __init__(self, tasks: Sequence[Task]) -> None:
        self._waiting = list(tasks)
        self._left: dict[str, int] = {}
        for task in tasks:
            self._left[task.name] = self._left.get(task.name, 0) + 1
        self._connections: set[Connection] = set()
        self._changed = threading.Condition()
        self._stopped = False
        self.error: BaseException | None = None

    def take(self) -> Task | None:
        """Return the first task whose needs are met, waiting for one; None when none is left, or after an error."""
        with self._changed:
            while not self._stopped and self._waiting:
                for i, task in enumerate(self._waiting):
                    if not any(self._left.get(name) for name in task.after):
                        return self._waiting.pop(i)
                self._changed.wait()
            return None

    def done(self, task: Task) -> None:
        with self._changed:
            self._left[task.name] -= 1
            self._changed.notify_all()

    def fail(self, error: BaseException) -> None:
        with self._changed:
            self.error = self.error or error
        self.stop()

    def stop(self) -> None:
        """Let no further task begin, and cancel what the server still does for this run."""
        with self._changed:
            self._stopped = True
            self._changed.notify_all()
            running = list(self._connections)
        for connection in running:
            try:
                connection.cancel_safe(timeout=2)
            except psycopg.Error:
                continue  # it has ended by itself

    def hang_up(self) -> None:
        """End the sessions that are still in use on this side, so that nobody waits for the server."""
        with self._changed:
            for connection in self._connections:
                with (
                    contextlib.suppress(OSError, psycopg.Error),
                    socket.socket(fileno=os.dup(connection.fileno())) as line,
                ):
                    line.shutdown(socket.SHUT_RDWR)

    @contextlib.contextmanager
    def using(self, connection: Connection) -> Iterator[None]:
        """Keep a connection among those that are cancelled when the run stops."""
        with self._changed:
            self._connections.add(connection)
        try:
            yield
        finally:
            with self._changed:
                self._connections.discard(connection)
