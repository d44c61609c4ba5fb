"""Temporary folders and files. They are removed after use, or by the next command if their process was killed.

Each folder is locked (flock) by the process that uses it, so a folder without a lock is known to be left over.
"""

from __future__ import annotations

import contextlib
import errno
import fcntl
import os
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import IO

from snap.errors import ServiceError

_PREFIX = "snap-scratch-"
_FULL = frozenset({errno.ENOSPC, errno.EDQUOT})
HINT = "free some space there, or set $TMPDIR to another folder"


@contextlib.contextmanager
def folder() -> Iterator[Path]:
    """Lend an empty folder that only this user may enter, and remove it afterwards.

    Errors: ServiceError if it cannot be created, or if its disk gets full in the block.
    """
    try:
        _sweep()
        path, lock = _create()
    except OSError as error:
        raise _failed(error) from None
    try:
        with explained(path):
            yield path
    finally:
        shutil.rmtree(path, ignore_errors=True)
        os.close(lock)


@contextlib.contextmanager
def file() -> Iterator[IO[bytes]]:
    """Lend a temporary file without a name. Errors: ServiceError if it cannot be created."""
    with contextlib.ExitStack() as stack:
        try:
            stream = stack.enter_context(tempfile.TemporaryFile())
        except OSError as error:
            raise _failed(error) from None
        yield stream


@contextlib.contextmanager
def explained(path: Path) -> Iterator[None]:
    """Raise ServiceError if the disk of the temporary folder `path` gets full in the block."""
    try:
        yield
    except OSError as error:
        if error.errno in _FULL and (error.filename is None or Path(str(error.filename)).is_relative_to(path)):
            raise full() from None
        raise


def full() -> ServiceError:
    """Return the error for a full disk of the folder for temporary files."""
    return ServiceError(f"the folder for temporary files, {tempfile.gettempdir()}, is full", HINT)


def require_room(said: str) -> None:
    """Raise ServiceError if a program failed because this machine's disk for temporary files is full.

    `said` is the program's output in a temporary file. It is empty if the disk had no space for it either. A message
    about a full disk of a server has a severity, such as ERROR, and does not count.
    """
    told = any(os.strerror(number) in said for number in _FULL) and "ERROR:" not in said
    if told or (not said.strip() and shutil.disk_usage(tempfile.gettempdir()).free == 0):
        raise full()


def _failed(error: OSError) -> ServiceError:
    if error.errno in _FULL:
        return full()
    return ServiceError(f"there is no folder for temporary files: {error.strerror or error}", HINT)


def _create() -> tuple[Path, int]:
    """Create a folder and lock it. Try again if another process swept the folder before it was locked."""
    while True:
        path = Path(tempfile.mkdtemp(prefix=_PREFIX))
        with contextlib.suppress(FileNotFoundError):
            lock = _opened(path)
            with contextlib.suppress(OSError):  # a file system without locks: _sweep() skips its folders too
                fcntl.flock(lock, fcntl.LOCK_EX)
            if path.exists():
                return path, lock
            os.close(lock)


def _sweep() -> None:
    """Remove the folders that killed processes of this user left behind."""
    for path in Path(tempfile.gettempdir()).glob(f"{_PREFIX}*"):
        with contextlib.suppress(OSError):
            lock = _opened(path)
            try:
                if os.fstat(lock).st_uid == os.geteuid():
                    fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
                    shutil.rmtree(path, ignore_errors=True)
            finally:
                os.close(lock)


def _opened(path: Path) -> int:
    return os.open(path, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC)
