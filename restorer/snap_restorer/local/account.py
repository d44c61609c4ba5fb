"""The user that an embedded server runs as, and work for that user or as that user: its files and its programs.

`folder` is one of the server's own folders, whose owner is the user. Postgres refuses to run as root, so for a folder
of root's the user is `nobody`. That user may put anything into its folders at any moment. So root follows no link
there, and changes the owner only of files that it has opened, never of a path.
"""

from __future__ import annotations

import errno
import os
import pwd
import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from snap import durable
from snap.errors import ServiceError

_NOBODY = 65534  # if the system has no such user
_KEPT = frozenset(
    {
        "PATH",
        "TMPDIR",
        "LD_LIBRARY_PATH",
        "DYLD_LIBRARY_PATH",
        "DYLD_FALLBACK_LIBRARY_PATH",
        "LOCPATH",
        "LOCALE_ARCHIVE",
    }
)
_SECONDS = 120  # Postgres' own programs wait up to 60


def owner(folder: Path) -> tuple[int, int]:
    """Return the user and group that the server runs as: the owner of its folder, else this process' user.

    If that is root, return the user and group of `nobody`.
    """
    if folder.exists():
        status = folder.stat()
        if status.st_uid != 0 or os.geteuid() != 0:
            return status.st_uid, status.st_gid
    return nobody() if os.geteuid() == 0 else (os.geteuid(), os.getegid())


def nobody() -> tuple[int, int]:
    """Return the user and group of `nobody`."""
    try:
        entry = pwd.getpwnam("nobody")
    except KeyError:
        return _NOBODY, _NOBODY
    return entry.pw_uid, entry.pw_gid


def is_known(user: int) -> bool:
    """Return whether the system has a name for the user, which initdb needs."""
    try:
        return bool(pwd.getpwuid(user).pw_name)
    except KeyError:
        return False


def give(path: Path, folder: Path) -> None:
    """Make the user the owner of `path`, which this process created."""
    if os.geteuid() == 0:
        descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
        try:
            os.fchown(descriptor, *owner(folder))
        finally:
            os.close(descriptor)


def write(folder: Path, path: Path, text: str) -> None:
    """Write a file that only the user may read. The file is complete or does not exist."""
    durable.write(path, text.encode(), mode=0o600, owner=owner(folder) if os.geteuid() == 0 else None)


def open_file(folder: Path, path: Path, flags: int) -> int:
    """Open a file that the user owns and return its descriptor. Errors: OSError, also if another user owns it."""
    descriptor = durable.open_file(path, flags)
    if os.fstat(descriptor).st_uid != owner(folder)[0]:
        os.close(descriptor)
        raise durable.NotAFileError(errno.EPERM, "it belongs to another user", str(path))
    return descriptor


def read(folder: Path, path: Path) -> str:
    """Return the text of a file that the user owns. Errors as of `open_file`."""
    with os.fdopen(open_file(folder, path, os.O_RDONLY), errors="replace") as file:
        return file.read()


def run(
    folder: Path, environment: Mapping[str, str], command: Sequence[str | Path]
) -> subprocess.CompletedProcess[str]:
    """Run a program in `folder` as the folder's user, and wait for it. Errors: ServiceError if it does not start."""
    options: dict[str, Any] = {}
    if os.geteuid() == 0:
        user, group = owner(folder)
        options = {"user": user, "group": group, "extra_groups": []}
    # The server keeps its environment as long as it runs, and the owner of its files can read it there. So no secret of
    # the caller is in it, nor PG* variables, which name other servers, nor a language, which changes messages.
    kept = {name: value for name, value in environment.items() if name in _KEPT}
    try:
        return subprocess.run(
            command,
            check=False,
            capture_output=True,
            text=True,
            errors="replace",
            cwd=folder,
            env=kept | {"LC_ALL": "C"},
            stdin=subprocess.DEVNULL,
            start_new_session=True,  # Ctrl-C must reach the command, not the server
            timeout=_SECONDS,
            **options,
        )
    except (OSError, subprocess.SubprocessError) as error:
        raise ServiceError(f"{command[0]} does not run: {error}", "set $SNAP_PG_BIN to another folder") from None
