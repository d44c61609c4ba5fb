"""How an engine reports progress: the engine calls it, the command line draws it.

The first word of a work's name is its phase, which says what is counted: `copy recipes` counts rows.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Protocol

# What each phase counts. Other phases are under way or over, and count nothing.
UNITS: Mapping[str, str] = {
    "make": "rows",
    "gather": "rows",
    "copy": "rows",
    "compare": "tables",
    "check": "rules",
    "call": "rows",
    "hash": "files",
    "read": "tables",
    "insert": "tables",
    "index": "indexes",
    "verify": "tables",
    "commit": "connections",
    "reset": "files",
    "migrate": "files",
}


class Progress(Protocol):
    """Receives steps of named work. Called from the engine's own thread, in order."""

    def start(self, name: str, total: int) -> None:
        """Begin `name`, of `total` units (rows, files or rules). Of one unit it is only shown that it is under way.

        Work that is started again before it is over has so many units more.
        """

    def advance(self, name: str, amount: int) -> None:
        """Count `amount` more units of `name` as done."""

    def note(self, message: str) -> None:
        """Say something once that the user should know; not a warning."""

    def warn(self, message: str) -> None:
        """Say something that the user may want to act on."""


class Silent:
    """The no-op."""

    def start(self, name: str, total: int) -> None:
        pass

    def advance(self, name: str, amount: int) -> None:
        pass

    def note(self, message: str) -> None:
        pass

    def warn(self, message: str) -> None:
        pass


@contextmanager
def phase(progress: Progress, name: str) -> Iterator[None]:
    """Show `name` as under way while the block runs, in which nothing is counted."""
    progress.start(name, 1)
    yield
    progress.advance(name, 1)
