"""Define a kind of input."""

from __future__ import annotations

from collections.abc import Sequence
from random import Random
from typing import Protocol

from tests.fuzz.ground import Ground


class Kind(Protocol):
    """A kind of input. `codes` are exit codes that its commands may have in addition to the law's."""

    name: str
    codes: frozenset[int]

    def prepare(self, ground: Ground) -> None:
        """Make the start of every input of this kind."""

    def plant(self, ground: Ground, rng: Random) -> Sequence[str]:
        """Alter something in the ground, and return the command line that reads it."""
