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
    from psycopg import sql

    # The pieces are sent as they come: bounded memory, and a batch is encoded while the server takes the one before.
    statement = sql.SQL("COPY {} ({}) FROM STDIN (FORMAT {})").format(
        sql.Identifier(*table.name),
        sql.SQL(", ").join(sql.Identifier(column.name) for column in table.columns),
        sql.SQL("binary" if table.binary else "text"),
    )
    encoded = encode.binary if table.binary else encode.text
    with connection.cursor() as cursor, cursor.copy(statement) as copy:
        if table.binary:
            copy.write(encode.SIGNATURE)
        for batch in batches:
            for piece in _bounded(batch):
                copy.write(encoded(piece, table.columns))
            yield batch.num_rows
        if table.binary:
            copy.write(encode.TRAILER)


def _bounded(batch: pa.RecordBatch) -> Iterator[pa.RecordBatch]:
    """Halve a batch until no piece is over _BATCH_BYTES or it is one row: rows may be of any size, side by side."""
    if batch.num_rows <= 1 or batch.nbytes <= _BATCH_BYTES:
        yield batch
        return
    half = batch.num_rows // 2
    yield from _bounded(batch.slice(0, half))
    yield from _bounded(batch.slice(half))
