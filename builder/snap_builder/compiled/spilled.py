"""Keep vectors of whole tables on disk: memory-mapped, shared by all workers, and freed with the plan."""

from __future__ import annotations

import contextlib
import errno
import mmap
import os
import threading
import weakref
from types import TracebackType
from typing import IO, Any, TypeVar

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from snap import scratch
from snap_builder.engine.blocks import NONE

_LEAST = 1 << 16  # bytes: smaller vectors stay in memory
_FULL = frozenset({errno.ENOSPC, errno.EDQUOT})
T = TypeVar("T", bound=np.generic)


class Spill:
    """A vector to which parts of the same type are appended. Once unwritten parts reach 64 kB, they go to disk."""

    def __init__(self) -> None:
        self._parts: list[NDArray[Any]] = []  # parts that are not on disk yet
        self._stack = contextlib.ExitStack()
        self._file: IO[bytes] | None = None

    def __enter__(self) -> Spill:
        return self

    def __exit__(self, *_: type[BaseException] | BaseException | TracebackType | None) -> None:
        self._stack.close()

    def append(self, values: NDArray[Any]) -> None:
        """Add values to the vector. Python objects stay in memory. Errors: ServiceError if the disk is full."""
        assert not self._parts or values.dtype == self._parts[0].dtype
        self._parts.append(values)
        if values.dtype != object and sum(part.nbytes for part in self._parts) >= _LEAST:
            self._flush()

    def vector(self) -> NDArray[Any]:
        """Return all values as a read-only mapping of a temporary file, which the system can drop from memory.

        The file has no name, so nothing is left behind even after a kill. Errors: as of `append`.
        """
        if self._file is None:
            return np.concatenate(self._parts or [NONE])
        dtype = self._flush()
        mapped = mmap.mmap(self._file.fileno(), 0, access=mmap.ACCESS_READ)
        _MAPPED.add(mapped)
        return np.frombuffer(mapped, dtype)

    def _flush(self) -> np.dtype[Any]:
        if self._file is None:
            self._file = self._stack.enter_context(scratch.file())
        for part in self._parts:
            _write(self._file.fileno(), np.ascontiguousarray(part).data.cast("B"))
        self._parts = [self._parts[-1][:0]]
        return self._parts[0].dtype


def spilled(values: NDArray[T]) -> NDArray[T]:
    """Return the same values as a mapping of a temporary file. Vectors of less than 64 kB stay in memory.

    Errors: as of `Spill.append`.
    """
    if values.nbytes < _LEAST:
        return values
    with Spill() as spill:
        spill.append(values)
        return spill.vector()


def spilled_array(array: pa.Array) -> pa.Array:
    """Return the same array with its long buffers on disk. Lists, structs and dictionaries stay in memory.

    Errors: as of `Spill.append`.
    """
    stored = array.storage if isinstance(array, pa.ExtensionArray) else array
    if pa.types.is_nested(stored.type) or pa.types.is_dictionary(stored.type) or array.nbytes < _LEAST:
        return array
    buffers = [buffer and pa.py_buffer(spilled(np.frombuffer(buffer, np.uint8))) for buffer in stored.buffers()]
    made = pa.Array.from_buffers(stored.type, len(stored), buffers, stored.null_count, stored.offset)
    return array.type.wrap_array(made) if isinstance(array, pa.ExtensionArray) else made


class _Mapped:
    """The temporary files that are mapped by this process."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._maps = weakref.WeakSet[mmap.mmap]()

    def add(self, mapped: mmap.mmap) -> None:
        with self._lock:
            self._maps.add(mapped)

    def let_go(self) -> None:
        """Return to the system the memory of all mapped pages that were read.

        The system's cache keeps the data as long as it has room.
        """
        with self._lock:
            for mapped in self._maps:
                mapped.madvise(mmap.MADV_DONTNEED)


_MAPPED = _Mapped()
let_go = _MAPPED.let_go


def _write(descriptor: int, content: memoryview) -> None:
    try:
        while content:
            content = content[os.write(descriptor, content) :]
    except OSError as error:
        if error.errno in _FULL:
            raise scratch.full() from None
        raise
