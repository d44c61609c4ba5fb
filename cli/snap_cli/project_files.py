"""Write a project's files for `snap init`: existing files stay, and lines are added to .gitignore."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from snap import durable

SETTINGS = "snap.toml"
_IGNORED = ("backups/", "reports/", "snapshots/.*", "manifests/.*", "snapshots/capture*/", "__pycache__/")
_TOML = """# Settings of snap. Every setting has a default; the documentation lists all settings.
"""


def write_project(root: Path, files: Mapping[Path, bytes], settings: str = "") -> tuple[str, ...]:
    """Write the files of a new dataset and missing project files, and return the paths of all written files.

    `settings` is the content of a new snap.toml.
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
