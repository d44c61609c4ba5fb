"""Files that survive a crash: written whole or not at all, and on the disk when the call returns."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterator
from pathlib import Path

from snap.errors import ServiceError


def write(path: Path, data: bytes) -> None:
    """Put a file under its name once the disk has all of it. A reader sees the old file or the new one.

    A process that dies leaves .NAME.PID.partial at the most. Errors: OSError.
    """
    partial = path.with_name(f".{path.name}.{os.getpid()}.partial")
    partial.unlink(missing_ok=True)
    try:
        with partial.open("xb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        partial.replace(path)
    finally:
        partial.unlink(missing_ok=True)
    sync(path.parent)


def remove_partials(path: Path) -> None:
    """Remove what processes that died while they wrote `path` have left. Nobody may be writing it."""
    for partial in path.parent.glob(f".{path.name}.*.partial"):
        partial.unlink(missing_ok=True)


def sync(path: Path) -> None:
    """Wait until the disk has a file, or a folder's names."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


@contextlib.contextmanager
def explained(path: Path, hint: str, *, prefix: str = "") -> Iterator[None]:
    """Turn an OSError into a ServiceError that names the file, or `path` where the error names none."""
    try:
        yield
    except OSError as error:
        raise ServiceError(f"{prefix}{error.filename or path}: {error.strerror}", hint) from None
