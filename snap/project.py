"""Find the project: the folder that holds its snapshots."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path

from snap.errors import UsageError


def find_root(given: Path | None, environment: Mapping[str, str], start: Path) -> Path:
    """Return the project's root: `given`, else $SNAP_ROOT, else the nearest project folder from `start` upwards.

    Raise UsageError if there is none, if the named path is not a folder, or if the folder found belongs to another
    user. That user's snap.toml could name programs to run, and `start` may be below a folder that anybody may write to.
    """
    named = given or (Path(environment["SNAP_ROOT"]) if environment.get("SNAP_ROOT") else None)
    if named is not None and not named.is_dir():
        shown = f"root {named}" if given else f"$SNAP_ROOT is {named}, which"
        raise UsageError(f"{shown} is not a folder", "name a folder that holds manifests/ and snapshots/")
    root = _nearest(start) if named is None else named.resolve()
    try:
        str(root).encode()
    except UnicodeEncodeError:
        raise UsageError(f"the name of the folder {root} is not UTF-8", "rename the folder") from None
    return root


def _nearest(start: Path) -> Path:
    """Return the nearest project folder from `start` upwards. Errors: UsageError."""
    for folder in (start, *start.parents):
        if (folder / "snap.toml").is_file() or all((folder / n).is_dir() for n in ("manifests", "snapshots")):
            _require_no_stranger(folder, start)
            return folder
    raise UsageError(
        f"no snapshots here: neither {start} nor a folder above holds snap.toml, or manifests/ and snapshots/",
        "go to the project's folder, start one with snap init, or name it",
        option="root",
    )


def _require_no_stranger(folder: Path, start: Path) -> None:
    """Raise UsageError if the project found belongs to a user other than this user, root, or the owner of `start`."""
    known = {os.geteuid(), 0, start.stat().st_uid}
    for path in (folder, *(folder / name for name in ("snap.toml", "manifests", "snapshots"))):
        if os.path.lexists(path) and path.lstat().st_uid not in known:
            raise UsageError(
                f"{path} belongs to another user; snap found it from {start}, and no option names it",
                "if you trust that user, name the folder",
                option="root",
            )
