"""Arrow columns from NumPy vectors: the last step of making a part. Shapes are (rows,) unless said otherwise."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from snap_builder.engine.streams import Ints

Mask = NDArray[np.bool_]

NEVER = np.iinfo(np.int64).max  # a moment that does not come; NULL in a column of times
_HEX = np.frombuffer(b"0123456789abcdef", np.uint8)


def uuid(block: NDArray[np.uint8]) -> pa.Array:
    """Return uint8 of shape (rows, 16) as uuids."""
    data = pa.py_buffer(np.ascontiguousarray(block))
    inner = pa.Array.from_buffers(pa.binary(16), len(block), [None, data])
    return pa.ExtensionArray.from_storage(pa.uuid(), inner)


def json(texts: pa.StringArray) -> pa.Array:
    """Return canonical JSON texts as JSON values."""
    return pa.ExtensionArray.from_storage(pa.json_(), texts)


def texts(choices: Sequence[str], index: Ints) -> pa.StringArray:
    """Return the texts choices[index], with NULL for a negative index."""
    return pa.array(choices, pa.string()).take(pa.array(index, mask=index < 0))


def texts_of(numbers: Ints) -> pa.StringArray:
    """Return integers as decimal texts."""
    return pa.array(numbers).cast(pa.string())


def booleans(values: NDArray[np.bool_]) -> pa.BooleanArray:
    """Return truth values as booleans."""
    return pa.array(values)


def only(values: pa.Array, where: NDArray[np.bool_]) -> pa.Array:
    """Return `values` where `where` is true, else NULL."""
    return pc.if_else(pa.array(where), values, pa.scalar(None, values.type))


def integers(values: Ints, kind: str) -> pa.Array:
    """Return integers as Arrow type `kind` (int16, int32, int64)."""
    return pa.array(values.astype(kind))


def decimals(unscaled: Ints, precision: int, scale: int, missing: NDArray[np.bool_]) -> pa.Array:
    """Return unscaled integers as decimals, with NULL where `missing`."""
    words = np.stack([unscaled, unscaled >> 63], axis=1).astype("<i8")  # 128 bits, sign extended
    valid = pa.py_buffer(np.packbits(~missing, bitorder="little"))
    kind = pa.decimal128(precision, scale)
    return pa.Array.from_buffers(kind, len(unscaled), [valid, pa.py_buffer(np.ascontiguousarray(words))])


def intervals(days: Ints, microseconds: Ints, missing: NDArray[np.bool_] | None = None) -> pa.StructArray:
    """Return intervals of days and microseconds, as Postgres keeps '2 days 00:35', with NULL where `missing`."""
    parts = [np.zeros(len(days), np.int32), days.astype(np.int32), microseconds]
    return pa.StructArray.from_arrays(
        [pa.array(part) for part in parts],
        names=["months", "days", "microseconds"],
        mask=None if missing is None else pa.array(missing),
    )


def interval_minutes(minutes: Ints) -> pa.StructArray:
    """Return minutes as intervals of microseconds only, as Postgres keeps '35 minutes'."""
    return intervals(np.zeros_like(minutes), minutes * 60_000_000)


def flags(choices: Sequence[str], masks: Ints) -> pa.ListArray:
    """Return bit masks as lists of the choices whose bits are set, in the order of the choices."""
    bits = (masks[:, None] >> np.arange(len(choices))) & 1
    offsets = np.concatenate([[0], np.cumsum(bits.sum(axis=1))]).astype(np.int32)
    return pa.ListArray.from_arrays(offsets, texts(choices, np.nonzero(bits)[1]))


def hex_digits(words: NDArray[Any], digits: int) -> pa.StringArray:
    """Return the lowest `digits` hexadecimal digits of each word."""
    shifts = (np.arange(digits - 1, -1, -1) * 4).astype(np.uint64)
    nibbles = (words.astype(np.uint64)[:, None] >> shifts) & np.uint64(15)
    offsets = pa.py_buffer((np.arange(len(words) + 1) * digits).astype(np.int32))
    return pa.StringArray.from_buffers(len(words), offsets, pa.py_buffer(_HEX[nibbles.astype(np.int64)]))


def concat(*pieces: Any) -> pa.StringArray:
    """Return texts joined end to end, row by row, with NULL where any piece is NULL."""
    return pc.binary_join_element_wise(*pieces, "")


def either(where: NDArray[np.bool_], values: pa.Array, otherwise: Any) -> pa.Array:
    """Return `values` where `where` is true, else `otherwise`."""
    return pc.if_else(pa.array(where), values, otherwise)
