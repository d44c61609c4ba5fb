"""Join columns of bytes into rows of bytes, without a Python loop over rows.

In a row, each field is a 4-byte big-endian length and that many payload bytes. Length -1 is NULL. Both the tuples of
COPY BINARY and canonical rows have this framing. The caller decides what the payloads mean.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

NULL = -1


@dataclass(frozen=True, slots=True, kw_only=True)
class Field:
    """The payloads of one column: `block`, uint8 of shape (rows, width), or `values`, a binary array.

    `valid` is a bool array (rows,), or None if nothing is NULL. `values` has its own NULLs.
    """

    block: np.ndarray[Any, np.dtype[np.uint8]] | None = None
    valid: np.ndarray[Any, np.dtype[np.bool_]] | None = None
    values: pa.Array | None = None


def join(fields: Sequence[Field], rows: int, *, header: bytes = b"") -> pa.BinaryArray:
    """Frame `rows` rows of `fields`, each after `header`. The result's data buffer is the stream of all rows.

    Adjacent columns of fixed width are merged into one block, so the cost is one copy per run of such columns.
    """
    pieces: list[pa.Array] = []
    run: list[np.ndarray[Any, np.dtype[np.uint8]]] = []

    def flush() -> None:
        if run:
            pieces.append(from_block(np.concatenate(run, axis=1)))
            run.clear()

    if header:
        run.append(np.broadcast_to(np.frombuffer(header, np.uint8), (rows, len(header))))
    for field in fields:
        if field.values is not None:
            lengths = pc.fill_null(pc.binary_length(field.values), NULL)
            run.append(_big_endian(lengths.to_numpy(zero_copy_only=False)))
            flush()
            pieces.append(pc.fill_null(field.values, b"") if field.values.null_count else field.values)
            continue
        assert field.block is not None
        width = field.block.shape[1]
        prefix = np.broadcast_to(np.frombuffer(width.to_bytes(4, "big"), np.uint8), (rows, 4))
        if field.valid is None:
            run += [prefix, field.block]
            continue
        flush()
        pieces.append(_with_nulls(np.concatenate([prefix, field.block], axis=1), field.valid))
    flush()
    if not pieces:
        return from_block(np.empty((rows, 0), np.uint8))
    if len(pieces) == 1:
        return pieces[0]
    return pc.binary_join_element_wise(*pieces, b"")


def from_block(block: np.ndarray[Any, np.dtype[np.uint8]]) -> pa.BinaryArray:
    """Return a uint8 block of shape (rows, width) as a binary array of `rows` values."""
    rows, width = block.shape
    return from_offsets(np.arange(rows + 1, dtype=np.int64) * width, np.ascontiguousarray(block))


def starts(lengths: np.ndarray[Any, Any]) -> np.ndarray[Any, Any]:
    """Return the start offsets of consecutive pieces with these `lengths`, followed by the end offset of the last."""
    return np.concatenate([[0], np.cumsum(lengths)])


def from_offsets(offsets: Any, content: Any) -> pa.BinaryArray:
    """Return the values between consecutive `offsets` (rows + 1 of them) in `content`, less than 2 GiB in all."""
    if offsets[-1] > np.iinfo(np.int32).max:
        raise OverflowError("a record batch is larger than 2 GiB; write smaller batches")
    return pa.Array.from_buffers(
        pa.binary(), len(offsets) - 1, [None, pa.py_buffer(offsets.astype(np.int32)), pa.py_buffer(content)]
    )


def data(values: pa.BinaryArray) -> memoryview:
    """Return the concatenated bytes of all values of a binary or string array, without copying."""
    buffers = values.buffers()
    if len(values) == 0 or buffers[2] is None:
        return memoryview(b"")
    start, end = np.frombuffer(buffers[1], np.int32)[[values.offset, values.offset + len(values)]]
    return memoryview(buffers[2])[start:end]


def regroup(values: pa.BinaryArray, lengths: np.ndarray[Any, Any]) -> pa.BinaryArray:
    """Concatenate consecutive values. Result i joins the next `lengths[i]` values. Nothing is copied."""
    offsets = np.frombuffer(values.buffers()[1], np.int32)[values.offset : values.offset + len(values) + 1]
    return from_offsets(offsets[starts(lengths)], values.buffers()[2])


def _with_nulls(block: np.ndarray[Any, np.dtype[np.uint8]], valid: np.ndarray[Any, Any]) -> pa.BinaryArray:
    block[~valid, :4] = 0xFF
    keep = np.ones(block.shape, np.bool_)
    keep[~valid, 4:] = False
    widths = np.where(valid, block.shape[1], 4)
    return from_offsets(starts(widths), block[keep])


def _big_endian(lengths: np.ndarray[Any, Any]) -> np.ndarray[Any, np.dtype[np.uint8]]:
    return lengths.astype(">i4").view(np.uint8).reshape(len(lengths), 4)
