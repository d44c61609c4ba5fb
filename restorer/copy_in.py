"""Batches of one table into one COPY ... FROM STDIN. Moves bytes; what they are is encode's."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, Any

from restorer import encode
from restorer.plan import TablePlan

if TYPE_CHECKING:
    import psycopg
    import pyarrow as pa

_BATCH_BYTES = 64 << 20  # Arrow bytes encoded at once: a few times as much is held, and rows of over 4 MB still fit


def copy_in(connection: psycopg.Connection[Any], table: TablePlan, batches: Iterable[pa.RecordBatch]) -> Iterator[int]:
    """Load `batches` into the table in one COPY; give the rows of each batch when it was sent."""
    import psycopg
    from psycopg import sql

    # The pieces are sent as they come: bounded memory, and a batch is encoded while the server takes the one before.
    statement = sql.SQL("COPY {} ({}) FROM STDIN (FORMAT {})").format(
        sql.Identifier(*table.name),
        sql.SQL(", ").join(sql.Identifier(column.name) for column in table.columns),
        sql.SQL("binary" if table.binary else "text"),
    )
    encoded = encode.binary if table.binary else encode.text
    with connection.cursor() as cursor, cursor.copy(statement) as copy:
        try:
            if table.binary:
                copy.write(encode.SIGNATURE)
            for batch in batches:
                for piece in _bounded(batch):
                    copy.write(encoded(piece, table.columns))
                yield batch.num_rows
            if table.binary:
                copy.write(encode.TRAILER)
        except psycopg.Error:
            raise
        except BaseException:
            # Leaving `with` would tell the server and wait for its answer, on a dead line for ever: Ctrl-C would do
            # nothing. A closed connection ends the COPY as well.
            connection.close()
            raise


def _bounded(batch: pa.RecordBatch) -> Iterator[pa.RecordBatch]:
    """Split a batch so that no piece is far over _BATCH_BYTES: rows may be of any size."""
    pieces = min(batch.num_rows, max(1, -(-batch.nbytes // _BATCH_BYTES)))
    if pieces <= 1:
        yield batch
        return
    rows = -(-batch.num_rows // pieces)
    for start in range(0, batch.num_rows, rows):
        yield batch.slice(start, rows)
