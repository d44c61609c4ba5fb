"""How progress looks: bars on a terminal, else only notes and warnings. Always on stderr."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import TYPE_CHECKING

from snap.progress import Progress, Silent
from snap.redact import clean, scrub
from snap_cli.output import say, style_of

if TYPE_CHECKING:
    from rich.progress import Progress as Display
    from rich.progress import TaskID


@contextmanager
def shown(*, quiet: bool, environment: Mapping[str, str]) -> Iterator[Progress]:
    """Return a Progress that writes to stderr while the block runs."""
    style = style_of(sys.stderr, environment)
    if quiet or not style.tables:
        yield Lines(quiet=quiet)
        return
    from rich.console import Console  # noqa: PLC0415
    from rich.progress import BarColumn, MofNCompleteColumn, TextColumn, TimeElapsedColumn  # noqa: PLC0415
    from rich.progress import Progress as Display  # noqa: PLC0415

    columns = (TextColumn("{task.description}", markup=False), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    console = Console(file=sys.stderr, color_system="standard" if style.color else None)
    # Gone at the end: the result says what was done.
    with Display(*columns, console=console, transient=True) as display:
        yield Bars(display)


class Lines(Silent):
    """Notes and warnings, a line each; with `quiet` warnings only."""

    def __init__(self, *, quiet: bool) -> None:
        self._quiet = quiet

    def note(self, message: str) -> None:
        if not self._quiet:
            say("note", message)

    def warn(self, message: str) -> None:
        say("warning", message)


class Bars:
    """A bar for each named work; notes and warnings scroll above them."""

    def __init__(self, display: Display) -> None:
        self._display = display
        self._tasks: dict[str, TaskID] = {}

    def start(self, name: str, total: int) -> None:
        self._tasks[name] = self._display.add_task(name, total=total)

    def advance(self, name: str, amount: int) -> None:
        self._display.advance(self._tasks[name], amount)

    def note(self, message: str) -> None:
        self._print(f"note: {message}")

    def warn(self, message: str) -> None:
        self._print(f"warning: {message}")

    def _print(self, text: str) -> None:
        self._display.console.print(clean(scrub(text)), markup=False, highlight=False, soft_wrap=True)
