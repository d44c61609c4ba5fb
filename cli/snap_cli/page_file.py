"""Write a page as a file. This module also has the option that names the file, and the places that are refused."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import typer

from snap import durable
from snap.errors import UsageError
from snap.units import size
from snap_cli.render import Line

_PRIVATE, _SHARED = 0o600, 0o666  # only the owner may read a page of real data, as with the snapshot's files


def html_option(what: str) -> Any:
    """Return the option --html, with a help text that begins with `what`."""
    return typer.Option("--html", metavar="FILE", help=f"{what} An existing file is replaced.", show_default=False)


def require_place(file: Path) -> None:
    """Raise UsageError if the page cannot be written, before any file is read."""
    if file.is_dir():
        raise UsageError(f"{file} is a folder", f"name a file in it: {file / 'page.html'}")
    if not file.parent.is_dir():
        raise UsageError(f"there is no folder {file.parent}", "make it first, or name a file elsewhere")
    if os.path.lexists(file) and not file.is_file():
        raise UsageError(f"{file} is not a file", "name another one")


def written(file: Path, bytes_: int) -> Line:
    """Return the line that says that a page was written."""
    return Line(f"wrote {file} ({size(bytes_)})", "good")


def write_page(file: Path, text: str, *, private: bool) -> int:
    """Write a page and return its number of bytes. A `private` page is for its owner alone. Errors: ServiceError."""
    data = text.encode()
    with durable.explained(file):
        durable.write(file, data, mode=_PRIVATE if private else _SHARED)
    return len(data)
