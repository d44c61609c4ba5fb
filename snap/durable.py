"""Files that survive a crash, in folders that others may have filled.

A written file is complete or absent, and on disk when the call returns. No function here follows a link in the last
part of a path, truncates an existing file, or waits for the other end of a pipe.
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
_MOST = 256 << 20  # the most bytes of a file that is read whole
_TRIES, _PAUSE = 50, 0.1  # seconds
_NO_LINKS = frozenset({errno.EPERM, errno.EXDEV, errno.ENOTSUP, errno.ENOSYS, errno.EMLINK, errno.EACCES})
_ADVICE = {
    **dict.fromkeys((errno.ENOSPC, errno.EDQUOT), "free some space"),
    **dict.fromkeys((errno.EACCES, errno.EPERM), "allow this user to read and write there"),
    **dict.fromkeys((errno.EMFILE, errno.ENFILE), "allow more open files (ulimit -n)"),
    errno.ENOTDIR: "replace it with a folder",
    **dict.fromkeys((errno.EEXIST, errno.EISDIR, errno.ELOOP), "remove the file, folder or link of that name"),
    errno.ENAMETOOLONG: "choose a shorter name",
    errno.EROFS: "that file system is read-only: choose another folder",
    errno.EIO: "the disk reports an error: see the system's log",
}


class NotAFileError(OSError):
    """Raised if a path is a link, folder, pipe, socket or device instead of a file. `strerror` says which."""


def write(path: Path, data: bytes, *, mode: int = 0o666, owner: tuple[int, int] | None = None) -> None:
    """Write a file atomically: a reader sees the old file or the new one, and the new one is on disk.

    `mode` is subject to the umask. `owner` is a user and group other than those of this process. A process that dies
    leaves at most .NAME.PID.partial behind. Errors: OSError.
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
    """Return a file's bytes, at most 256 MB. Errors: NotAFileError, OSError."""
    with os.fdopen(open_file(path, os.O_RDONLY), "rb") as file:
        require_size(file, path)
        return file.read()


def require_size(file: IO[bytes], path: Path) -> None:
    """Raise OSError if a file is larger than any file that a person or snap would write here.

    Git compresses a file of zeros to almost nothing, so a small repository may hold a huge file.
    """
    if os.fstat(file.fileno()).st_size > _MOST:
        raise OSError(errno.EFBIG, os.strerror(errno.EFBIG), str(path))


def read_within(path: Path) -> bytes:
    """Return a file's bytes. A link may lead to a file below the same folder. Errors: NotAFileError, OSError."""
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
    """Create a folder that git ignores with all its content. Errors: OSError.

    An existing folder stays as it is, unless it only holds the files that make git keep an empty folder.
    """
    if not os.path.lexists(folder):
        folder.mkdir(mode=mode, parents=True, exist_ok=True)
    elif not (names := {path.name for path in folder.iterdir()}) or names - _KEPT:
        return
    ignore_all(folder)


def ignore_all(folder: Path) -> None:
    """Make git ignore a folder, whose content is real data or belongs to this machine only. Errors: OSError."""
    write(folder / GITIGNORE, b"# Made by snap. To commit what is here, remove this file.\n*\n")


def add_files(source: Path, folder: Path, listed: Collection[str]) -> None:
    """Link the files of `source` into `folder`, replacing files with the same paths.

    Other files in `folder` stay if their relative paths are `listed`, and are removed otherwise. Links in `source` that
    are not listed are left out.
    """
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
    """Give a file a second name, or copy it if the disk has no hard links or another user owns it. Errors: OSError."""
    place.parent.mkdir(parents=True, exist_ok=True)
    try:
        os.link(path.resolve(), place)
    except OSError as error:
        if error.errno not in _NO_LINKS:
            raise
        shutil.copyfile(path, place)


def remove(path: Path) -> None:
    """Remove a file, a link, or a folder with its content, if it exists. Files that cannot be removed stay."""
    if path.is_symlink() or not path.is_dir():
        path.unlink(missing_ok=True)
    else:
        shutil.rmtree(path, ignore_errors=True)


def remove_in_use(folder: Path) -> None:
    """Remove a folder that other processes may still write to, and retry until it is gone. Errors: OSError."""
    for _ in range(_TRIES):
        remove(folder)
        if not folder.exists():
            return
        time.sleep(_PAUSE)
    raise OSError(errno.ENOTEMPTY, "it cannot be removed, or another process writes there", str(folder))


def fresh_name() -> str:
    """Return a name that no process on any machine has used before."""
    return secrets.token_hex(16)


def remove_partials(path: Path) -> None:
    """Remove partial files left by processes that died while writing `path`. No process may be writing it."""
    for partial in path.parent.glob(f".{path.name}.*.partial"):
        remove(partial)


def sync(path: Path) -> None:
    """Wait until a file, or a folder's list of names, is on disk."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


@contextlib.contextmanager
def explained(path: Path, hint: str = "", *, prefix: str = "") -> Iterator[None]:
    """Turn an OSError into a ServiceError that names the error's file, or `path` if the error names none."""
    try:
        yield
    except OSError as error:
        raise ServiceError(
            f"{prefix}{error.filename or path}: {error.strerror or error}", hint or advice(error)
        ) from None


def advice(error: OSError) -> str:
    """Return a hint for an error that this machine causes, such as a full disk, and "" for other errors."""
    return _ADVICE.get(error.errno or 0, "")
