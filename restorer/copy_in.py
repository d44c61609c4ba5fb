"""Batches of one table into one COPY ... FROM STDIN. Moves bytes; what they are is encode's."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, Any

from restorer import encode
from restorer.plan import TablePlan

if TYPE_CHECKING:
    import psycopg
    import pyarrow as pa

Piece = tuple[int, memoryview]  # rows, and their bytes for COPY
_BATCH_BYTES = 64 << 20  # Arrow bytes encoded at once: a few times as much is held, and rows of over 4 MB still fit


def copy_in(connection: psycopg.Connection[Any], table: TablePlan, batches: Iterable[pa.RecordBatch]) -> Iterator[int]:
    """Load `batches` into the table in one COPY; give the rows of each piece when it was sent."""
    return copy_pieces(connection, table, encoded(table, batches))


def encoded(table: TablePlan, batches: Iterable[pa.RecordBatch]) -> Iterator[Piece]:
    """Encode `batches` for the table's COPY, in pieces of bounded size."""
    encoder = encode.binary if table.binary else encode.text
    for batch in batches:
        for piece in _bounded(batch):
            yield piece.num_rows, encoder(piece, table.columns)


def copy_pieces(connection: psycopg.Connection[Any], table: TablePlan, pieces: Iterable[Piece]) -> Iterator[int]:
    """Send what `encoded` gives in one COPY; give the rows of each piece when it was sent."""
    from psycopg import sql

    statement = sql.SQL("COPY {} ({}) FROM STDIN (FORMAT {})").format(
        sql.Identifier(*table.name),
        sql.SQL(", ").join(sql.Identifier(column.name) for column in table.columns),
        sql.SQL("binary" if table.binary else "text"),
    )
    with connection.cursor() as cursor, cursor.copy(statement) as copy:
        if table.binary:
            copy.write(encode.SIGNATURE)
        for rows, data in pieces:
            copy.write(data)
            yield rows
        if table.binary:
            copy.write(encode.TRAILER)


def _bounded(batch: pa.RecordBatch) -> Iterator[pa.RecordBatch]:
    """Split a batch so that no piece is far over _BATCH_BYTES: rows may be of any size."""
    pieces = min(batch.num_rows, max(1, -(-batch.nbytes // _BATCH_BYTES)))
    if pieces <= 1:
        yield batch
        return
    rows = -(-batch.num_rows // pieces)
    for start in range(0, batch.num_rows, rows):
        yield batch.slice(start, rows)
