"""The interface for progress: the engine reports steps, and the command line draws them.

The first word of a work's name is its phase, which determines the unit: `copy recipes` counts rows.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Protocol

# The unit that each phase counts. Other phases are only shown as running and count nothing.
UNITS: Mapping[str, str] = {
    "make": "rows",
    "complete": "rows",
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
        """Begin the work `name` of `total` units (rows, files or rules). Work of one unit is only shown as running.

        Starting a work again before it ends adds `total` more units to it.
        """

    def advance(self, name: str, amount: int) -> None:
        """Count `amount` more units of `name` as done."""

    def note(self, message: str) -> None:
        """Report a fact that the user should know and that is not a warning."""

    def warn(self, message: str) -> None:
        """Report a fact that the user may want to act on."""


class Silent:
    """A Progress that ignores everything."""

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
    """Show `name` as running while the block runs. Nothing is counted."""
    progress.start(name, 1)
    yield
    progress.advance(name, 1)
