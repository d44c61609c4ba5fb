"""The files of a project, written by `snap init`: what is there stays, and .gitignore is added to."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from snap import durable

SETTINGS = "snap.toml"
_IGNORED = ("backups/", "reports/", "snapshots/.*", "manifests/.*", "snapshots/capture*/", "__pycache__/")
_TOML = """# Settings of snap. Every one has a default; see the documentation for what there is.
"""


def write_project(root: Path, files: Mapping[Path, bytes], settings: str = "") -> tuple[str, ...]:
    """Write files of a new dataset and what the project lacks; return the paths of all that was written.

    `settings` stand in a new snap.toml.
    """
    written = dict(files)
    if not (root / SETTINGS).exists():
        written[root / SETTINGS] = (_TOML + settings).encode()
    ignore = root / ".gitignore"
    known = ignore.read_text("utf-8").splitlines() if ignore.is_file() else []
    missing = [line for line in _IGNORED if line not in known]
    if missing:
        written[ignore] = "".join(f"{line}\n" for line in [*known, *missing]).encode()
    for folder in {root / "manifests", root / "snapshots", *(path.parent for path in written)}:
        folder.mkdir(parents=True, exist_ok=True)
    for path, content in written.items():
        durable.write(path, content)
    return tuple(str(path.relative_to(root)) for path in written)
