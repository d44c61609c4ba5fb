"""Copies made ahead: while a test runs, a thread copies for the next one and drops what the last one used.

The thread alone talks to the server. So a test waits for nothing where the one before it took as long as a copy and a
drop, and the copies of tests that are quicker come one after another.
"""

from __future__ import annotations

import datetime as dt
from collections import defaultdict, deque
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from typing import ParamSpec, TypeVar

from snap.errors import SnapError
from snap_restorer.clones.lending import Lender, Loan

P = ParamSpec("P")
T = TypeVar("T")


class LenderAhead:
    """A lender that has copies ready. Up to `size` of a version wait for tests; with 0 there is no thread.

    One thread at a time may use it. `close` ends its own.
    """

    def __init__(self, lender: Lender, *, size: int) -> None:
        self._lender = lender
        self._size = size
        self._thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix="snap") if size else None
        self._ready: defaultdict[tuple[str, dt.date | None], deque[Future[Loan]]] = defaultdict(deque)
        self._returned: list[tuple[Loan, Future[None]]] = []

    def lend(self, version: str, as_of: dt.date | None = None) -> Loan:
        """Lend a fresh database that holds `version`: one that is ready, else a new one. Errors: those of Lender."""
        ready = self._ready[version, as_of]
        if ready:
            try:
                return ready.popleft().result()
            except SnapError:  # of a while ago: what is wrong now, the next attempt says
                ready.clear()
        return self._do(self._lender.lend, version, as_of).result()

    def expect(self, version: str, as_of: dt.date | None = None) -> None:
        """Begin to copy for the next test, which will ask for this."""
        ready = self._ready[version, as_of]
        while len(ready) < self._size:
            ready.append(self._do(self._lender.lend, version, as_of))

    def take_back(self, loan: Loan) -> None:
        """Drop a database that was lent, with the sessions in it, when there is time. `close` says what failed."""
        self._returned = [(each, done) for each, done in self._returned if not done.done() or done.exception()]
        self._returned.append((loan, self._do(self._lender.take_back, loan)))

    def keep(self, loan: Loan, reason: str) -> str:
        """Leave a database on the server, and return its URL without a password. Errors: those of Lender."""
        return self._do(self._lender.keep, loan, reason).result()

    def close(self) -> list[str]:
        """Drop all that is lent or ready, end the sessions, and say which databases could not be dropped, and why."""
        for copy in [copy for ready in self._ready.values() for copy in ready]:
            copy.cancel()
        self._ready.clear()
        self._do(self._lender.close).result()
        if self._thread is not None:
            self._thread.shutdown()
            self._thread = None
        failed = [(loan, done.exception()) for loan, done in self._returned]
        return [f"database {loan.name} was not dropped, the next run will: {error}" for loan, error in failed if error]

    def _do(self, work: Callable[P, T], /, *args: P.args, **kwargs: P.kwargs) -> Future[T]:
        """Have the thread do something after all that it was asked for before; without a thread do it now."""
        if self._thread is not None:
            return self._thread.submit(work, *args, **kwargs)
        future: Future[T] = Future()
        try:
            future.set_result(work(*args, **kwargs))
        except SnapError as error:
            future.set_exception(error)
        return future
