"""Find where a project's datasets are declared, without importing them."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from snap.errors import UsageError

FOLDER = "datasets"  # the folder of a project that holds a folder for each dataset
FILE, SCHEMA = "dataset.py", "schema.sql"
VARIABLE = "dataset"


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """The place where a dataset is declared: a Python file, a variable in it, and the script of its schema."""

    name: str
    file: Path
    variable: str
    schema: Path


def locate(project: Path, name: str) -> Source | None:
    """Return where the dataset `name` is declared: in the project's folder, or in a file given as FILE.py:NAME.

    Return None if it is neither. Errors: UsageError for a file that is not there, and for a folder that is broken.
    """
    path, _, variable = name.partition(":")
    if path.endswith(".py"):
        file = project / path
        if not file.is_file():
            raise UsageError(f"there is no file {path}", "name a Python file that declares a dataset")
        own = variable or (file.parent.name if file.name == FILE else file.stem)
        return Source(name=own, file=file, variable=variable or VARIABLE, schema=file.parent / SCHEMA)
    file = project / FOLDER / name / FILE
    if not name.isidentifier():
        return None
    if not file.is_file():
        _require_no_schema(file.parent)
        return None
    return Source(name=name, file=file, variable=VARIABLE, schema=file.parent / SCHEMA)


def names(project: Path) -> tuple[str, ...]:
    """Return the names of the project's own datasets. Errors: UsageError for a folder that is broken."""
    folder = project / FOLDER
    found = {file.parent for file in folder.glob(f"*/{FILE}")}
    for other in sorted({*folder.glob("*")} - found):
        _require_no_schema(other)
    return tuple(sorted(each.name for each in found))


def _require_no_schema(folder: Path) -> None:
    """Raise UsageError if a folder without a declaration has a schema. Another dataset must not take its place."""
    if (folder / SCHEMA).is_file():
        raise UsageError(
            f"{FOLDER}/{folder.name} has no {FILE}",
            "restore the file from git, or remove the folder and run snap init again",
        )
