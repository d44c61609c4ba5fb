"""Where a dataset's schema was read from, so that `snap init --update` reads it there again.

Only a file or a folder within the project is remembered, in schema.json and relative to the project: a URL may hold a
password, and a path elsewhere is of one machine.
"""

from __future__ import annotations

from pathlib import Path

from snap.errors import UsageError
from snap.schema_json import read_from
from snap.units import some


def remembered(source: str, root: Path) -> str | None:
    """Return the form in which a source is remembered; None for a URL and for a path outside of the project."""
    path, project = Path(source), root.resolve()
    if not path.exists() or not path.resolve().is_relative_to(project):
        return None
    written = path.resolve().relative_to(project).as_posix()
    return written if written.isprintable() else None


def recall(name: str | None, root: Path) -> tuple[str, str]:
    """Return the name of a dataset, that of the project's only one without `name`, and the path that it was read from.

    Errors: UsageError if none is remembered.
    """
    from snap_builder import locate, names  # noqa: PLC0415

    known = names(root)
    if name is None and len(known) != 1:
        raise UsageError(
            "--update needs the name of a dataset" if known else "there is no dataset to update",
            f"name one with --name: {some(known)}" if known else "name a SOURCE, without --update",
        )
    name = name or known[0]
    source = locate(root, name)
    if source is None:
        raise UsageError(
            f"there is no dataset {name!r} to update", f"name one with --name: {some(known) or 'there is none'}"
        )
    kept = source.schema.with_suffix(".json")
    path = read_from(kept.read_bytes()) if kept.is_file() else None
    if path is None or remembered(str(root / path), root) is None:
        gone = "is not remembered" if path is None else f"was {path}, which is not in the project"
        raise UsageError(
            f"the source of the schema of {name} {gone}",
            "name it as SOURCE: only a file or a folder within the project is remembered, and no URL",
        )
    return name, str(root / path)
