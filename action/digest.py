"""Read a version's digest from its manifest, for a step of the action; with a digest as argument, compare the two.

It runs before snap is installed, on the standard library alone. The names come in the environment (VERSION, ROOT), and
the answer goes to $GITHUB_OUTPUT: `digest`, and `missing` where files of the version are not there.
"""

from __future__ import annotations

import json
import os
import re
import sys
from pathlib import Path

_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*")


def main() -> int:
    """Write the outputs, or compare; return the exit code."""
    version, root = os.environ["VERSION"], Path(os.environ["ROOT"])
    if not _NAME.fullmatch(version):
        return _failed(f"{version!r} is no version's name: give one such as v3")
    path = root / "manifests" / f"{version}.json"
    try:
        manifest = json.loads(path.read_text("utf-8"))
        digest = str(manifest["digest"])
        files = [file for table in manifest["tables"] for file in table["files"]]
        files += [file for file in manifest["files"] if file.get("role") != "media"]  # media may be absent
        paths = [root / "snapshots" / version / str(file["path"]) for file in files]
    except FileNotFoundError:
        return _failed(f"there is no {path}: commit the version's manifest, or name the project's folder in root")
    except (OSError, ValueError, KeyError, TypeError) as error:
        return _failed(f"{path} cannot be read: {error}")
    if not re.fullmatch(r"[0-9a-f]{64}", digest):
        return _failed(f"{path} has no digest")
    if sys.argv[1:] and sys.argv[1] != digest:
        return _failed(f"{version} was made anew with digest {digest}, and the committed manifest says {sys.argv[1]}")
    if not sys.argv[1:]:
        missing = not all(file.is_file() for file in paths)
        with Path(os.environ["GITHUB_OUTPUT"]).open("a", encoding="utf-8") as outputs:
            outputs.write(f"digest={digest}\nmissing={str(missing).lower()}\n")
    return 0


def _failed(message: str) -> int:
    sys.stdout.write(f"::error::{message}\n")
    return 1


if __name__ == "__main__":
    sys.exit(main())
