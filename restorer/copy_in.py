"""Batches of one table into one COPY ... FROM STDIN. Moves bytes; what they are is encode's.

A thread reads and encodes the next piece while the server takes the one before: reading and encoding are a sixth of a
load's work, and they cost nothing where there is a second core.
"""

from __future__ import annotations

import contextlib
import queue
import threading
from collections.abc import Generator, Iterable, Iterator
from typing import TYPE_CHECKING, Any

from restorer import encode
from restorer.plan import TablePlan

if TYPE_CHECKING:
    import psycopg
    import pyarrow as pa
    from psycopg import sql

Piece = tuple[memoryview, int]  # bytes of COPY, and how many rows they are

_BATCH_BYTES = 64 << 20  # Arrow bytes encoded at once: a few times as much is held, and rows of over 4 MB still fit


def copy_in(
    connection: psycopg.Connection[Any],
    table: TablePlan,
    batches: Iterable[pa.RecordBatch],
    *,
    freeze: bool,
    into: sql.Identifier | None = None,
) -> Iterator[int]:
    """Load `batches` into the table in one COPY; give the rows of each piece when it was sent.

    `into` is another relation with the same columns.
    `freeze`: the table was emptied in this very transaction, so its rows may be visible to all from the start.
    """
    from psycopg import sql

    options = f"FORMAT {'binary' if table.binary else 'text'}{', FREEZE' if freeze else ''}"
    statement = sql.SQL("COPY {} ({}) FROM STDIN ({})").format(
        into or sql.Identifier(*table.name),
        sql.SQL(", ").join(sql.Identifier(column.name) for column in table.columns),
        sql.SQL(options),
    )
    encoded = encode.binary if table.binary else encode.text
    pieces = ((encoded(piece, table.columns), piece.num_rows) for batch in batches for piece in _bounded(batch))
    with connection.cursor() as cursor, cursor.copy(statement) as copy:
        if table.binary:
            copy.write(encode.SIGNATURE)
        with contextlib.closing(_ahead(pieces)) as ready:
            for data, rows in ready:
                copy.write(data)
                yield rows
        if table.binary:
            copy.write(encode.TRAILER)


def _ahead(pieces: Iterable[Piece]) -> Generator[Piece]:
    """Give `pieces`, made by a thread that is at most one piece ahead. Closing it ends the thread."""
    ready: queue.Queue[Piece | BaseException | None] = queue.Queue(maxsize=1)
    ended = threading.Event()

    def put(item: Piece | BaseException | None) -> bool:
        while not ended.is_set():
            with contextlib.suppress(queue.Full):
                ready.put(item, timeout=0.1)
                return True
        return False

    def make() -> None:
        try:
            if all(put(piece) for piece in pieces):
                put(None)
        except BaseException as error:  # noqa: BLE001 - raised again where the pieces are taken
            put(error)

    thread = threading.Thread(target=make, name="snap-encode", daemon=True)
    thread.start()
    try:
        while (item := ready.get()) is not None:
            if isinstance(item, BaseException):
                raise item
            yield item
    finally:
        ended.set()
        thread.join()


def _bounded(batch: pa.RecordBatch) -> Iterator[pa.RecordBatch]:
    """Split a batch so that no piece is far over _BATCH_BYTES: rows may be of any size."""
    pieces = min(batch.num_rows, max(1, -(-batch.nbytes // _BATCH_BYTES)))
    if pieces <= 1:
        yield batch
        return
    rows = -(-batch.num_rows // pieces)
    for start in range(0, batch.num_rows, rows):
        yield batch.slice(start, rows)
