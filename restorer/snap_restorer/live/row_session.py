"""A reader's session through psycopg: rows come through cursors, and are turned into columns here.

ADBC queries the catalog before any statement of snap's, under the settings of a pooler's session. Where that would run
code of other roles, or print names that ADBC does not know, this session reads instead.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterator

import psycopg
import pyarrow as pa

from snap_restorer.pg.pinned_session import PinnedSession
from snap_restorer.values.sent import received

_FIRST_ROWS, _MOST_ROWS = 256, 100_000  # rows of one FETCH; the first one shows how wide rows are
_BATCH_BYTES = 16 << 20


class RowSession:
    """A session through psycopg with the methods that a Reader needs. Errors are psycopg's."""

    def __init__(self, connection: PinnedSession) -> None:
        self._connection = connection
        self._cursors = 0

    def run(self, statement: str) -> None:
        """Run a statement that returns no rows."""
        self._connection.execute(statement.encode())

    def table(self, statement: str) -> pa.Table:
        """Run a SELECT of few rows."""
        return pa.Table.from_batches([self._batch(statement)])

    def fetch_all(self, declared: str) -> pa.Table:
        """Return all rows of a cursor's result."""
        return self.table(f"FETCH ALL FROM {declared}")

    def stream(self, statement: str, *, size: int | None = None) -> Iterator[pa.RecordBatch]:
        """Run a SELECT, and yield its rows in batches of about `size` bytes."""
        self._cursors += 1
        name, rows = f"snap_rows_{self._cursors}", _FIRST_ROWS
        self.run(f"DECLARE {name} NO SCROLL CURSOR FOR {statement}")
        try:
            while (batch := self._batch(f"FETCH {rows} FROM {name}")).num_rows:
                yield batch
                fitting = (size or _BATCH_BYTES) * batch.num_rows // max(1, batch.nbytes)
                rows = max(1, min(fitting, _MOST_ROWS))
        finally:
            with contextlib.suppress(psycopg.Error):  # the transaction may have failed
                self.run(f"CLOSE {name}")

    def rollback(self) -> None:
        self._connection.rollback()

    def _batch(self, statement: str) -> pa.RecordBatch:
        cursor = self._connection.execute(statement.encode(), binary=True)
        result = cursor.pgresult
        assert result is not None
        rows = range(result.ntuples)
        columns = [
            received([result.get_value(row, column) for row in rows], result.ftype(column))
            for column in range(result.nfields)
        ]
        names = [(result.fname(column) or b"").decode() for column in range(result.nfields)]
        return pa.RecordBatch.from_arrays(columns, names=names)
