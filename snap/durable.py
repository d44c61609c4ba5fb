"""Files that survive a crash, in folders that others may have filled.

What is written is there whole or not at all, and on the disk when the call returns. Nothing here follows a link in the
last part of a path, empties a file that exists, or waits for the other end of a pipe.
"""

from __future__ import annotations

import contextlib
import errno
import os
import secrets
import shutil
import stat
import time
from collections.abc import Collection, Iterator
from pathlib import Path
from typing import IO

from snap.errors import ServiceError

GITIGNORE = ".gitignore"
_KEPT = frozenset({".gitkeep", ".keep"})
_MOST = 256 << 20  # bytes
_TRIES, _PAUSE = 50, 0.1  # seconds
_NO_LINKS = frozenset({errno.EPERM, errno.EXDEV, errno.ENOTSUP, errno.ENOSYS, errno.EMLINK, errno.EACCES})
_ADVICE = {
    **dict.fromkeys((errno.ENOSPC, errno.EDQUOT), "free some space"),
    **dict.fromkeys((errno.EACCES, errno.EPERM), "see to it that this user may read and write there"),
    **dict.fromkeys((errno.EMFILE, errno.ENFILE), "allow more open files (ulimit -n)"),
    errno.ENOTDIR: "put a folder in its place",
    **dict.fromkeys((errno.EEXIST, errno.EISDIR, errno.ELOOP), "take away what stands in its place"),
    errno.ENAMETOOLONG: "choose a shorter name",
    errno.EROFS: "it can only be read there: choose a folder that can be written",
    errno.EIO: "the disk does not answer as it should: look into the system's log",
}


class NotAFileError(OSError):
    """Raised for a link, folder, pipe, socket or device where a file belongs; `strerror` says which."""


def write(path: Path, data: bytes, *, mode: int = 0o666, owner: tuple[int, int] | None = None) -> None:
    """Put a file under its name once the disk has all of it. A reader sees the old file or the new one.

    `mode` is subject to the umask; `owner` is a user and group other than this process' own. A process that dies
    leaves .NAME.PID.partial at the most. Errors: OSError.
    """
    partial = path.with_name(f".{path.name}.{os.getpid()}.partial")
    remove(partial)
    try:
        with os.fdopen(os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode), "wb") as file:
            if owner is not None:
                os.fchown(file.fileno(), *owner)
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        partial.replace(path)
    finally:
        partial.unlink(missing_ok=True)
    sync(path.parent)


def read(path: Path) -> bytes:
    """Return a file's bytes, 256 MB at the most. Errors: NotAFileError, OSError."""
    with os.fdopen(open_file(path, os.O_RDONLY), "rb") as file:
        require_size(file, path)
        return file.read()


def require_size(file: IO[bytes], path: Path) -> None:
    """Raise OSError for a file that nobody writes by hand and no program of ours either. Git packs zeros to nothing."""
    if os.fstat(file.fileno()).st_size > _MOST:
        raise OSError(errno.EFBIG, os.strerror(errno.EFBIG), str(path))


def read_within(path: Path) -> bytes:
    """Return a file's bytes. A link may lead to another file below the same folder. Errors: NotAFileError, OSError."""
    place = path.resolve()
    if not place.is_relative_to(path.parent.resolve()):
        raise NotAFileError(errno.EINVAL, "it leads outside its folder", str(path))
    return read(place)


def open_file(path: Path, flags: int, mode: int = 0o600) -> int:
    """Open a file and return its descriptor. Errors: NotAFileError, OSError."""
    try:
        descriptor = os.open(path, flags | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC, mode)
    except OSError as error:
        if error.errno in {errno.ELOOP, errno.EISDIR, errno.ENXIO}:
            what = "a link" if error.errno == errno.ELOOP else "no file"
            raise NotAFileError(error.errno, f"it is {what}", str(path)) from None
        raise
    if not stat.S_ISREG(os.fstat(descriptor).st_mode):
        os.close(descriptor)
        raise NotAFileError(errno.EINVAL, "it is no file", str(path))
    return descriptor


def make_ignored(folder: Path, *, mode: int = 0o777) -> None:
    """Make a folder that git ignores with all that is in it. Errors: OSError.

    One that is there already stays as it is, unless it holds no more than what makes git keep it.
    """
    if not os.path.lexists(folder):
        folder.mkdir(mode=mode, parents=True, exist_ok=True)
    elif not (names := {path.name for path in folder.iterdir()}) or names - _KEPT:
        return
    ignore_all(folder)


def ignore_all(folder: Path) -> None:
    """Let git ignore a folder: what is in it holds real data, or is of this machine alone. Errors: OSError."""
    write(folder / GITIGNORE, b"# Made by snap. To commit what is here, remove this file.\n*\n")


def add_files(source: Path, folder: Path, listed: Collection[str]) -> None:
    """Put the files of `source` into `folder`, in the place of those there that have their paths. Of the others there
    those stay that are `listed`, as paths relative to it. Links of `source` that are not listed stay behind."""
    ours = {
        relative: path
        for path in source.rglob("*")
        if path.is_file() and ((relative := path.relative_to(source)).as_posix() in listed or not path.is_symlink())
    }
    for path in folder.rglob("*"):
        relative = path.relative_to(folder)
        if path.is_file() and (relative in ours or relative.as_posix() not in listed):
            path.unlink()
    for relative, path in ours.items():
        place = folder / relative
        link(path, place)


def link(path: Path, place: Path) -> None:
    """Give a file a second name; or copy it where the disk has no links, or it is another user's. Errors: OSError."""
    place.parent.mkdir(parents=True, exist_ok=True)
    try:
        os.link(path.resolve(), place)
    except OSError as error:
        if error.errno not in _NO_LINKS:
            raise
        shutil.copyfile(path, place)


def remove(path: Path) -> None:
    """Remove a file, a link, or a folder with all that is in it, if it is there. What cannot be removed stays."""
    if path.is_symlink() or not path.is_dir():
        path.unlink(missing_ok=True)
    else:
        shutil.rmtree(path, ignore_errors=True)


def remove_in_use(folder: Path) -> None:
    """Remove a folder that others may still put files into, until there is none. Errors: OSError."""
    for _ in range(_TRIES):
        remove(folder)
        if not folder.exists():
            return
        time.sleep(_PAUSE)
    raise OSError(errno.ENOTEMPTY, "it cannot be removed, or another process writes there", str(folder))


def fresh_name() -> str:
    """Return a name that no process, on whatever machine, has given to anything."""
    return secrets.token_hex(16)


def remove_partials(path: Path) -> None:
    """Remove what processes that died while they wrote `path` have left. Nobody may be writing it."""
    for partial in path.parent.glob(f".{path.name}.*.partial"):
        remove(partial)


def sync(path: Path) -> None:
    """Wait until the disk has a file, or a folder's names."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


@contextlib.contextmanager
def explained(path: Path, hint: str = "", *, prefix: str = "") -> Iterator[None]:
    """Turn an OSError into a ServiceError that names the file, or `path` where the error names none."""
    try:
        yield
    except OSError as error:
        raise ServiceError(
            f"{prefix}{error.filename or path}: {error.strerror or error}", hint or advice(error)
        ) from None


def advice(error: OSError) -> str:
    """Return what to do where the machine refuses, and no mistake of snap's; "" for other errors."""
    return _ADVICE.get(error.errno or 0, "")
