"""The keys of a snapshot's rows over some columns, in blocks of bounded size: distinct and counted, or as hashes."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from snap import parquet
from snap.digest import row_hashes
from snap.manifest import TableData
from snap.schema import Column
from snap.store import Snapshot
from snap.types import Logical, Type
from snap.types.arrow import arrow_type, storage
from snap_restorer.values import copy_text
from snap_restorer.values.shift import shifted

ROWS = "\0rows"  # a block's column of counts; no column of Postgres has a NUL in its name
BLOCK_KEYS = 65_536  # keys in one statement: 2.5 MB of uuids


class KeyCounts:
    """Distinct keys and the number of rows that hold each, gathered from blocks."""

    def __init__(self, columns: Sequence[Column]) -> None:
        self._names = [column.name for column in columns]
        self._tables: list[pa.Table] = []

    def add(self, table: pa.Table) -> None:
        self._tables.append(table)

    def merged(self) -> pa.Table:
        """Return an Arrow table with one row for each key: its values, and the number of rows that hold it (ROWS).

        The columns have no extension types. The returned table replaces the blocks gathered so far.
        """
        if not self._tables:
            return pa.table({ROWS: pa.array([], pa.int64())})
        # One thread keeps keys in the order of their first rows.
        grouped = pa.concat_tables(self._tables).group_by(self._names, use_threads=False).aggregate([(ROWS, "sum")])
        merged = grouped.select([*self._names, f"{ROWS}_sum"]).rename_columns([*self._names, ROWS])
        self._tables = [merged.combine_chunks()]
        return self._tables[0]

    def clear(self) -> None:
        self._tables = []


def key_blocks(
    snapshot: Snapshot, data: TableData, columns: Sequence[Column], shift_days: int
) -> Iterator[tuple[pa.Table, int]]:
    """Yield the snapshot's keys in blocks, distinct within a block, and each block's number of rows with a partial key.

    A partial key has a NULL in some of its columns, but not in all.
    """
    keys, mixed = KeyCounts(columns), 0
    names = tuple(column.name for column in columns)
    for file in data.files:
        for read in parquet.read(snapshot.path(file), data.table, names):
            batch = shifted(read, data.table, shift_days)
            arrays = [
                copy_text.printed(batch.column(column.name), column.type)
                if _as_text(column.type)
                else storage(batch.column(column.name))
                for column in columns
            ]
            whole = any_ = arrays[0].is_valid()
            for array in arrays[1:]:
                whole, any_ = pc.and_(whole, array.is_valid()), pc.or_(any_, array.is_valid())
            mixed += pc.sum(pc.and_not(any_, whole).cast(pa.int64())).as_py() or 0
            table = pa.table([*arrays, pa.repeat(pa.scalar(1, pa.int64()), len(batch))], names=[*names, ROWS])
            keys.add(table.filter(whole))
            merged = keys.merged()
            if merged.num_rows >= BLOCK_KEYS:
                yield merged, mixed
                keys.clear()
                mixed = 0
    yield keys.merged(), mixed


def hash_blocks(snapshot: Snapshot, data: TableData, columns: tuple[Column, ...]) -> Iterator[pa.FixedSizeBinaryArray]:
    waiting: list[bytes] = []
    names = tuple(column.name for column in columns)
    for file in data.files:
        for batch in parquet.read(snapshot.path(file), data.table, names):
            waiting.append(row_hashes(batch, columns))
            if len(waiting) * parquet.BATCH_ROWS >= 4 * BLOCK_KEYS:
                yield hashes_of(b"".join(waiting))
                waiting.clear()
    yield hashes_of(b"".join(waiting))


def hashes_of(data: bytes) -> pa.FixedSizeBinaryArray:
    return pa.Array.from_buffers(pa.binary(32), len(data) // 32, [None, pa.py_buffer(data)])


def is_in(hashes: pa.FixedSizeBinaryArray, among: pa.FixedSizeBinaryArray) -> np.ndarray[Any, np.dtype[np.bool_]]:
    return pc.is_in(hashes, value_set=among).to_numpy(zero_copy_only=False)


def literal(block: pa.Table, column: Column) -> str:
    """Return a column of a block of keys as one array literal."""
    type_ = Type(column.type.pg, Logical.TEXT) if _as_text(column.type) else column.type
    return copy_text.array_literal(_one_chunk(block[column.name]), type_)


def _as_text(type_: Type) -> bool:
    """Return whether keys are held as text, because Arrow cannot group by values of the type."""
    return pa.types.is_nested(arrow_type(type_))


def _one_chunk(column: pa.ChunkedArray) -> pa.Array:
    return column.chunk(0) if column.num_chunks == 1 else pa.concat_arrays(column.chunks)
