"""The ingredient lines that recipes are likely to have. The nutrition cache holds the most likely ones."""

from __future__ import annotations

from functools import cache

import numpy as np

from snap_builder.datasets.worldchef.choosing import choice
from snap_builder.datasets.worldchef.kitchen import kitchen
from snap_builder.datasets.worldchef.people import homes, tastes
from snap_builder.engine.streams import Bits, Ints, Seeds

_SAMPLE = 16_384
_OFTEN = 1_000  # weight of a line of the sample; a line that a dish may have counts with the dish's weight


class _Sample:
    """Recipes whose authors live, eat and write as users do. A seed gives the same recipes in every build."""

    NULL = int(np.iinfo(np.int64).min)
    start, stop = 0, _SAMPLE

    def __init__(self, seed: int = 1) -> None:
        self._seeds = Seeds(seed, "likely lines")
        self._authors: dict[str, Ints] = {}
        self._authors |= homes(self)
        self._authors |= tastes(self)

    def bits(self, purpose: str) -> Bits:
        return self._seeds.bits(purpose, self.start, self.stop)

    def wide(self, purpose: str, width: int) -> Bits:
        return self._seeds.wide(purpose, self.start, self.stop, width)

    def integers(self, path: str) -> Ints:
        value = self._authors.get(path.removeprefix("author."))
        return np.full(_SAMPLE, self.NULL) if value is None else value


@cache
def likely_lines() -> dict[tuple[int, int, int], int]:
    """Return the weight of each (food, quantity in hundredths, unit) that a line may have.

    Foods and units are indexes into those of the kitchen. The lines of a sample of recipes have large weights. The
    lines that a dish may have, for any of its numbers of servings, have small ones.
    """
    book, made = kitchen(), choice(_Sample())
    line = made.line
    keys = np.stack([made.food[line], made.quantity[line], made.unit[line]], axis=1)
    found, counts = np.unique(keys, axis=0, return_counts=True)
    lines = {(f, q, u): count * _OFTEN for (f, q, u), count in zip(found.tolist(), counts.tolist(), strict=True)}
    slots = len(book.optional) // len(book.slots)
    for number, dish in enumerate(book.dishes):
        first = number * slots
        slot = first + np.arange(book.slots[number])
        ways = np.concatenate([book.alternatives.pick(s, np.arange(book.alternatives.counts[s])) for s in slot])
        usual = book.measured(book.foods_of[ways], book.units_of[ways], book.quantities_of[ways])
        for servings in dish.servings:
            quantity = book.ladders.nearest(book.units_of[ways], usual * servings // dish.servings[0])
            for key in zip(book.foods_of[ways].tolist(), quantity.tolist(), book.units_of[ways].tolist(), strict=True):
                lines[key] = lines.get(key, 0) + dish.weight
    return lines
