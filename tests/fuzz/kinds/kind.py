"""What a kind of input is."""

from __future__ import annotations

from collections.abc import Sequence
from random import Random
from typing import Protocol

from tests.fuzz.ground import Ground


class Kind(Protocol):
    """A kind of input. `codes` are exit codes that its commands may have besides the law's."""

    name: str
    codes: frozenset[int]

    def prepare(self, ground: Ground) -> None:
        """Make what every input of this kind begins with."""

    def plant(self, ground: Ground, rng: Random) -> Sequence[str]:
        """Alter something in the ground, and return the command line that meets it."""
