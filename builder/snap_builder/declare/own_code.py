"""Errors that people's own code raises, said with its own lines and none of snap's."""

from __future__ import annotations

import traceback
from pathlib import Path

from snap.units import bullets

_SHOWN_LINES = 6  # of a traceback


def said(error: BaseException) -> str:
    """Return the class and text of an error; the class may be people's own."""
    try:
        text = error.msg if isinstance(error, SyntaxError) else str(error)
    except Exception:  # noqa: BLE001 - its __str__
        text = "its text cannot be read"
    return f"{type(error).__name__}: {text or 'it says nothing more'}"


def place(file: Path, error: BaseException) -> str:
    """Return the innermost line of the dataset's own folder that an error passed."""
    if isinstance(error, SyntaxError) and error.filename:
        return f"{error.filename}, line {error.lineno}"
    own = _own_lines(file, error)
    return f"{own[-1].filename}, line {own[-1].lineno}" if own else str(file)


def _own_lines(file: Path, error: BaseException) -> list[traceback.FrameSummary]:
    """Return the lines of an error's traceback that lie in the dataset's own folder."""
    frames = traceback.extract_tb(error.__traceback__)
    return [frame for frame in frames if Path(frame.filename).is_relative_to(file.parent)]


def way(file: Path, error: BaseException) -> str:
    """Return the traceback of an error, shortened to the dataset's own lines, where there are several."""
    own = _own_lines(file, error)
    lines = [
        f"{Path(frame.filename).relative_to(file.parent)}, line {frame.lineno}"
        f"{'' if frame.name == '<module>' else f', in {frame.name}'}: {frame.line}"
        for frame in own
    ]
    return f"\n{bullets(lines, most=_SHOWN_LINES)}" if len(lines) > 1 else ""
