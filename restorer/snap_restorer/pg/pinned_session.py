"""A session whose every transaction begins under a search path on which nobody but a superuser can plant anything.

Who owns a database can put operators and functions in its schemas, and those schemas first in the path of every role
(CVE-2018-1058). So the path is set with BEGIN itself, for that transaction alone: a plain SET would stay in a pooler's
session, and a start-up option is what poolers refuse.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import psycopg
from psycopg import Transaction, generators
from psycopg.abc import PQGen
from psycopg.pq import ExecStatus, TransactionStatus

SAFE = "pg_catalog, pg_temp"  # pg_temp last: functions and operators are never looked for there
PRINTED = "public, pg_temp"  # under which types are printed and read; statements under it look no operator up
_PIN = f"SET LOCAL search_path = {SAFE}".encode()
if not hasattr(psycopg.Connection, "_start_query"):  # without it no path would be pinned, and nobody would notice
    raise ImportError(f"psycopg {psycopg.__version__} begins its transactions otherwise than 3.3 does")


class PinnedSession(psycopg.Connection[Any]):
    """A session that pins the path of each transaction. `path_before`: the one that the transaction found."""

    path_before: str = ""

    def _start_query(self) -> PQGen[None]:
        """Begin a transaction if none is open: psycopg's own step before each statement. One round trip."""
        if self._autocommit or self.pgconn.transaction_status != TransactionStatus.IDLE:
            return
        if self._pipeline:  # which takes one statement at a time
            yield from super()._start_query()
            yield from self._exec_command(_PIN)
            return
        self.pgconn.send_query(b"; ".join((self._get_tx_start_command(), b"SHOW search_path", _PIN)))
        for result in (yield from generators.execute(self.pgconn)):
            if result.status == ExecStatus.FATAL_ERROR:
                raise psycopg.errors.error_from_result(result, encoding=self.pgconn._encoding)
            if result.status == ExecStatus.TUPLES_OK:
                self.path_before = (result.get_value(0, 0) or b"").decode(self.pgconn._encoding)

    @contextmanager
    def transaction(self, savepoint_name: str | None = None, force_rollback: bool = False) -> Iterator[Transaction]:
        """Open a transaction, or a savepoint in the open one."""
        begins = not self.autocommit and self.info.transaction_status == TransactionStatus.IDLE
        with super().transaction(savepoint_name, force_rollback) as block:
            if begins:
                self.execute(_PIN)
            yield block
