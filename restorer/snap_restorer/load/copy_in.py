"""Send batches of one table in one COPY ... FROM STDIN. copy_binary and copy_text produce the bytes."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

import psycopg
import psycopg.abc
import pyarrow as pa
from psycopg import sql
from psycopg.waiting import Ready, Wait

from snap_restorer.load.restore_plan import TablePlan
from snap_restorer.values import copy_binary, copy_text

Piece = tuple[int, memoryview]  # rows, and their bytes for COPY
_SENT_BYTES = 256 << 10  # sent at once; libpq copies them, and is slow with much more
_BATCH_BYTES = 64 << 20  # Arrow bytes encoded at once: a few times as much is held, and rows of over 4 MB still fit


def encoded(table: TablePlan, batches: Iterable[pa.RecordBatch]) -> Iterator[Piece]:
    """Encode `batches` of rows for the table's COPY, in pieces of bounded size."""
    encode = copy_binary.encode if table.binary else copy_text.encode
    for batch in batches:
        for piece in _bounded(batch):
            yield piece.num_rows, encode(piece, table.columns)


def copy_in(
    connection: psycopg.Connection[Any],
    table: TablePlan,
    pieces: Iterable[Piece],
    *,
    freeze: bool,
    into: sql.Identifier | None = None,
) -> Iterator[int]:
    """Send the pieces of `encoded` in one COPY, and yield the number of rows of each piece once it was sent.

    `into` is another relation with the same columns, to load instead of the table. `freeze`: the table was emptied in
    this very transaction, so its rows may be visible to all from the start.
    """
    options = f"FORMAT {'binary' if table.binary else 'text'}{', FREEZE' if freeze else ''}"
    statement = sql.SQL("COPY {} ({}) FROM STDIN ({})").format(
        into or sql.Identifier(*table.name),
        sql.SQL(", ").join(sql.Identifier(column.name) for column in table.columns),
        sql.SQL(options),
    )
    with connection.cursor() as cursor, cursor.copy(statement) as copy:
        try:
            if table.binary:
                copy.write(copy_binary.SIGNATURE)  # else psycopg would add one at the end
            for rows, data in pieces:
                _send(connection, data)
                yield rows
            if table.binary:
                _send(connection, memoryview(copy_binary.TRAILER))
            connection.wait(_room(connection.pgconn))  # for the end, which psycopg sends with an eye on nothing else
        except psycopg.Error:
            raise
        except BaseException:
            # Leaving `with` would tell the server and wait for its answer, on a dead line for ever: Ctrl-C would do
            # nothing. A closed connection ends the COPY as well.
            connection.close()
            raise


def _send(connection: psycopg.Connection[Any], data: memoryview) -> None:
    """Send bytes of the current COPY.

    Errors: psycopg.OperationalError, at once if the server has closed the connection. copy.write() itself only waits
    until it may write. Behind a proxy whose server is gone, copy.write() would wait for ever without an error.
    """
    for start in range(0, len(data), _SENT_BYTES):
        connection.wait(_sending(connection.pgconn, data[start : start + _SENT_BYTES]))


def _sending(pgconn: psycopg.pq.abc.PGconn, data: memoryview) -> psycopg.abc.PQGen[None]:
    while not pgconn.put_copy_data(data):
        yield Wait.W
    while pgconn.flush():
        if (yield Wait.RW) & Ready.R:
            pgconn.consume_input()


def _room(pgconn: psycopg.pq.abc.PGconn) -> psycopg.abc.PQGen[None]:
    while True:
        ready = yield Wait.RW
        if ready & Ready.R:
            pgconn.consume_input()
        if ready & Ready.W:
            return


def _bounded(batch: pa.RecordBatch) -> Iterator[pa.RecordBatch]:
    """Halve a batch of rows until each piece is at most _BATCH_BYTES or one row, since rows may be of any size."""
    if batch.num_rows <= 1 or batch.nbytes <= _BATCH_BYTES:
        yield batch
        return
    half = batch.num_rows // 2
    yield from _bounded(batch.slice(0, half))
    yield from _bounded(batch.slice(half))
