"""How an engine reports progress: the engine calls it, the command line draws it."""

from __future__ import annotations

from typing import Protocol


class Progress(Protocol):
    """Receives steps of named work. Called from the engine's own thread, in order."""

    def start(self, name: str, total: int) -> None:
        """Begin `name`, of `total` units (rows, files or checks)."""

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
