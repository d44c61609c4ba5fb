"""Vectors of whole tables on the disk: memory-mapped, shared by all workers, and gone with the plan that reads them."""

from __future__ import annotations

import errno
import os
from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray

from snap import scratch

_LEAST = 1 << 16  # bytes: smaller vectors stay in memory
_FULL = frozenset({errno.ENOSPC, errno.EDQUOT})
T = TypeVar("T", bound=np.generic)


def spilled(values: NDArray[T]) -> NDArray[T]:
    """Return the same values as a read-only mapping of a temporary file, which the system can drop from memory.

    The file has no name, so that nothing is left behind even after a kill. Errors: ServiceError where the folder for
    temporary files is full.
    """
    if values.nbytes < _LEAST:
        return values
    with scratch.file() as file:
        try:
            _write(file.fileno(), np.ascontiguousarray(values).data.cast("B"))
        except OSError as error:
            if error.errno in _FULL:
                raise scratch.full() from None
            raise
        mapped: Any = np.memmap(file, values.dtype, "r", shape=values.shape)
    return np.asarray(mapped)


def _write(descriptor: int, content: memoryview) -> None:
    while content:
        content = content[os.write(descriptor, content) :]
