"""A session that begins each transaction under a search path in which only a superuser can create objects.

The owner of a database can create operators and functions in its schemas, and put those schemas first in every role's
path (CVE-2018-1058). So the path is set together with BEGIN, for that transaction alone: a plain SET would stay in a
pooler's session, and poolers refuse start-up options.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, TypeVar

import psycopg
from psycopg import Transaction, generators
from psycopg.abc import PQGen
from psycopg.pq import ConnStatus, ExecStatus, TransactionStatus

T = TypeVar("T")

SAFE = "pg_catalog, pg_temp"  # pg_temp last: functions and operators are never looked up there
PRINTED = "public, pg_temp"  # the path to print and read types under; its statements look up no operators
LOCK_TIMEOUT = "10s"  # if a transaction sets none itself, so that no wait is endless
_PIN = (f"SET LOCAL search_path = {SAFE}".encode(), f"SET LOCAL lock_timeout = '{LOCK_TIMEOUT}'".encode())
if not hasattr(psycopg.Connection, "_start_query"):  # else no path would be pinned, and nobody would notice
    raise ImportError(f"psycopg {psycopg.__version__} begins its transactions otherwise than 3.3 does")


class PinnedSession(psycopg.Connection[Any]):
    """A session that pins the search path of each transaction, and limits the waits for locks.

    `path_before` and `lock_timeout_before` are the session's values before the transaction.
    """

    path_before: str = ""
    lock_timeout_before: str = ""

    def wait(self, gen: PQGen[T], interval: float = 0.1, timeout: float | None = None) -> T:
        """Run the driver's generator to its end, and report a lost connection as psycopg.OperationalError.

        The error has the server's first message. PgBouncer adds a second FATAL to it, and psycopg 3.3 then raises a
        ValueError at the end of a COPY, which it takes for one result, or a ProgrammingError about COPY.
        """
        try:
            return super().wait(gen, interval, timeout)
        except (ValueError, psycopg.ProgrammingError):
            if self.pgconn.status != ConnStatus.BAD:
                raise
            said = self.pgconn.error_message.decode(self.pgconn._encoding, "replace").splitlines()  # CONTEXT has rows
            text = said[0].removeprefix("FATAL:").strip() if said else "the server closed the connection"
            raise psycopg.OperationalError(text) from None

    def _start_query(self) -> PQGen[None]:
        """Begin a transaction if none is open, in one round trip. psycopg calls this before each statement."""
        if self._autocommit or self.pgconn.transaction_status != TransactionStatus.IDLE:
            return
        if self._pipeline:  # a pipeline takes one statement at a time
            yield from super()._start_query()
            for statement in _PIN:
                yield from self._exec_command(statement)
            return
        asked = (b"SHOW search_path", b"SHOW lock_timeout")
        self.pgconn.send_query(b"; ".join((self._get_tx_start_command(), *asked, *_PIN)))
        before = []
        for result in (yield from generators.execute(self.pgconn)):
            if result.status == ExecStatus.FATAL_ERROR:
                raise psycopg.errors.error_from_result(result, encoding=self.pgconn._encoding)
            if result.status == ExecStatus.TUPLES_OK:
                before.append((result.get_value(0, 0) or b"").decode(self.pgconn._encoding))
        self.path_before, self.lock_timeout_before = before

    @contextmanager
    def transaction(self, savepoint_name: str | None = None, force_rollback: bool = False) -> Iterator[Transaction]:
        """Open a transaction, or a savepoint in the open one."""
        begins = not self.autocommit and self.info.transaction_status == TransactionStatus.IDLE
        with super().transaction(savepoint_name, force_rollback) as block:
            if begins:
                for statement in _PIN:
                    self.execute(statement)
            yield block
