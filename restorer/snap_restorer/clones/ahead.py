"""Copies made ahead: while a test runs, one thread makes the copy for the next test, and another drops used copies.

A test does not wait if the test before it took as long as a copy does. Copies for quicker tests are made one after
another without a pause.
"""

from __future__ import annotations

import datetime as dt
from collections import defaultdict, deque
from concurrent.futures import Future, ThreadPoolExecutor, wait

from snap.errors import SnapError
from snap_restorer.clones.lending import Lender, Loan

_BEHIND = 2  # rounds of drops that tests do not wait for, which limits the number of databases


class LenderAhead:
    """A lender that keeps up to `size` copies of each version ready.

    With `size` 0 there is no thread and no copy ahead. One thread at a time may use a lender. `close` ends the lender's
    own threads.
    """

    def __init__(self, lender: Lender, *, size: int) -> None:
        self._lender = lender
        self._size = size
        self._threads = [ThreadPoolExecutor(1, name) for name in ("snap copies", "snap drops")] if size else []
        self._ready: defaultdict[tuple[str, dt.date | None], deque[Future[Loan]]] = defaultdict(deque)
        self._used: list[Loan] = []
        self._drops: deque[Future[None]] = deque()

    def lend(self, version: str, as_of: dt.date | None = None) -> Loan:
        """Lend a fresh database that holds `version`: a ready one if there is any, else a new one.

        Errors: those of Lender.
        """
        ready = self._ready[version, as_of]
        if ready:
            try:
                return ready.popleft().result()
            except SnapError:  # the error is old; the next attempt shows whether it still occurs
                ready.clear()
        if not self._threads:
            return self._lender.lend(version, as_of)
        return self._threads[0].submit(self._lender.lend, version, as_of).result()

    def expect(self, version: str, as_of: dt.date | None = None) -> None:
        """Start copies of `version`, with its dates moved to `as_of`, for the next tests."""
        ready = self._ready[version, as_of]
        while self._threads and len(ready) < self._size:
            ready.append(self._threads[0].submit(self._lender.lend, version, as_of))

    def take_back(self, loan: Loan) -> None:
        """Drop a lent database and end the sessions in it. A thread drops several databases together.

        Without threads the database is dropped at once. `close` reports the databases that could not be dropped.
        """
        self._used.append(loan)
        if not self._threads:
            self._lender.take_back(*self._used)
        elif len(self._used) < self._lender.sessions:
            return
        else:
            if len(self._drops) >= _BEHIND:
                wait([self._drops.popleft()])
            self._drops.append(self._threads[1].submit(self._lender.take_back, *self._used))
        self._used = []

    def keep(self, loan: Loan, reason: str) -> str:
        """Keep a database on the server, and return its URL without a password. Errors: those of Lender."""
        if not self._threads:
            return self._lender.keep(loan, reason)
        return self._threads[0].submit(self._lender.keep, loan, reason).result()

    def close(self) -> list[str]:
        """Drop all databases that were lent or are ready, and end the sessions.

        Return messages about databases that could not be dropped.
        """
        for copy in [copy for ready in self._ready.values() for copy in ready]:
            copy.cancel()
        for thread in self._threads:
            thread.shutdown()
        self._threads, self._used = [], []
        self._ready.clear()
        self._drops.clear()
        return self._lender.close()
