"""Provide a progress that records its calls."""

from __future__ import annotations

from snap.progress import Silent


class Recorded(Silent):
    """A progress that records notes, warnings and started work in order, and how many units of each are left."""

    def __init__(self) -> None:
        self.begun: list[str] = []
        self.left: dict[str, int] = {}
        self.notes: list[str] = []
        self.warnings: list[str] = []

    def start(self, name: str, total: int) -> None:
        self.begun.append(name)
        self.left[name] = self.left.get(name, 0) + total

    def advance(self, name: str, amount: int) -> None:
        self.left[name] -= amount

    def note(self, message: str) -> None:
        self.notes.append(message)

    def warn(self, message: str) -> None:
        self.warnings.append(message)
