"""The user that the embedded server runs as, and what is done as that user: its files and its programs.

`base` is the server's folder; whoever owns it is the user. Postgres refuses to run as root, so for root it is `nobody`.
"""

from __future__ import annotations

import os
import pwd
import re
import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from snap.errors import ServiceError

_NOBODY = 65534  # where the system names no such user
_SECONDS = 120  # Postgres' own programs wait up to 60


def owner(base: Path) -> tuple[int, int]:
    """Return the user and group that the server runs as: who owns its folder, else this process, for root `nobody`."""
    if base.exists():
        status = base.stat()
        if status.st_uid != 0 or os.geteuid() != 0:
            return status.st_uid, status.st_gid
    if os.geteuid() != 0:
        return os.geteuid(), os.getegid()
    try:
        nobody = pwd.getpwnam("nobody")
    except KeyError:
        return _NOBODY, _NOBODY
    return nobody.pw_uid, nobody.pw_gid


def give(path: Path, base: Path) -> None:
    """Make the server's user the owner of `path`, which this process created."""
    if os.geteuid() == 0:
        os.chown(path, *owner(base))


def write(base: Path, path: Path, text: str) -> None:
    """Write a file that only the server's user may read, so that it is there whole or not at all."""
    temporary = path.with_name(path.name + ".tmp")
    temporary.unlink(missing_ok=True)
    with os.fdopen(os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
        file.write(text)
    give(temporary, base)
    temporary.rename(path)


def run(base: Path, environment: Mapping[str, str], command: Sequence[str | Path]) -> subprocess.CompletedProcess[str]:
    """Run a program as the server's user and wait for it. Errors: ServiceError when it cannot be run at all."""
    options: dict[str, Any] = {}
    if os.geteuid() == 0:
        user, group = owner(base)
        options = {"user": user, "group": group, "extra_groups": []}
    # PG* variables of the caller name other servers; a translated message could not be recognised.
    kept = {name: value for name, value in environment.items() if not re.match(r"PG|LC_|LANG", name)}
    try:
        return subprocess.run(
            command,
            check=False,
            capture_output=True,
            text=True,
            errors="replace",
            cwd=base,
            env=kept | {"LC_ALL": "C"},
            stdin=subprocess.DEVNULL,
            start_new_session=True,  # Ctrl-C is for the command, not for the server
            timeout=_SECONDS,
            **options,
        )
    except (OSError, subprocess.SubprocessError) as error:
        raise ServiceError(f"{command[0]} does not run: {error}", "name another folder in $SNAP_PG_BIN") from None
