"""Quantities as people measure them, so that recipes share them: a ladder per unit, usual quantities per food."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from snap_builder.engine.streams import Ints

_REACH = 10_000_000  # hundredths; no quantity is larger
_FINE = (25, 50, 75, 100, 150, 200, 250, 300, 400, 500, 600, 800, 1000, 1200)
_COUNTED = (100, 200, 300, 400, 500, 600, 800, 1000, 1200, 1600, 2000, 2400, 3000, 3600, 4800)
_WEIGHED = (
    *(100, 200, 300, 500, 1000, 1500, 2000, 2500, 3000, 4000, 5000, 6000, 7500, 10_000, 12_500, 15_000, 20_000, 25_000),
    *(30_000, 35_000, 40_000, 45_000, 50_000, 60_000, 70_000, 80_000, 90_000, 100_000, 120_000, 150_000, 180_000),
    200_000,
)
_LARGE = (25, 50, 75, 100, 125, 150, 200, 250, 300, 400, 500, 600, 800, 1000)

# Hundredths of the unit. After its end each ladder goes on in steps as large as its last one.
_STEPS: dict[str, Sequence[int]] = {
    **dict.fromkeys(("g", "ml"), _WEIGHED),
    **dict.fromkeys(("kg", "l", "lb"), _LARGE),
    **dict.fromkeys(("tsp", "tbsp", "cup"), _FINE),
    "oz": (50, 100, 200, 300, 400, 600, 800, 1000, 1200, 1600, 2000, 2400, 3200),
    **dict.fromkeys(("piece", "can", "head", "stick", "bunch"), (25, 50, *_COUNTED)),
    **dict.fromkeys(("clove", "leaf", "pinch", "sheet", "slice", "sprig"), _COUNTED),
}


@dataclass(frozen=True, slots=True)
class Ladders:
    """The ladders of some units, end to end. A unit is given by its index."""

    rungs: Ints
    keys: Ints  # unit * _REACH + rung
    middles: Ints  # unit * _REACH + the least quantity that is nearer to the rung than to the one before

    def nearest(self, unit: Ints, quantity: Ints) -> Ints:
        """Return the rung nearest to each quantity, in hundredths of the unit; the higher of two equally near ones."""
        asked = unit * _REACH + np.minimum(quantity, _REACH - 1)
        return self.rungs[np.searchsorted(self.middles, asked, side="right") - 1]

    def at_most(self, unit: Ints, quantity: Ints) -> Ints:
        """Return the highest rung that is not above each quantity, or the lowest rung if all are above it."""
        asked = unit * _REACH + np.clip(quantity, 0, _REACH - 1)
        found = np.searchsorted(self.keys, asked, side="right") - 1
        return self.rungs[np.maximum(found, np.searchsorted(self.keys, unit * _REACH))]


def ladders(units: Sequence[str]) -> Ladders:
    """Return the ladders of units. Errors: KeyError for a unit without a ladder."""
    rungs, keys, middles = [], [], []
    for i, unit in enumerate(units):
        own = list(_STEPS[unit])
        step = own[-1] - own[-2]
        while own[-1] < 40 * _STEPS[unit][-1]:
            own.append(own[-1] + step)
        rungs += own
        keys += [i * _REACH + rung for rung in own]
        middles += [i * _REACH + (low + high + 1) // 2 for low, high in zip((-own[0], *own), own, strict=False)]
    return Ladders(np.array(rungs), np.array(keys), np.array(middles))


@dataclass(frozen=True, slots=True)
class Habits:
    """The usual quantities of foods, by kind: food * units + unit."""

    rungs: Ints
    keys: Ints  # kind * _REACH + rung
    slack: Ints  # per kind, in percent: the largest ratio of two quantities that count as the same

    def nearest(self, kind: Ints, quantity: Ints) -> Ints:
        """Return the usual quantity nearest to each quantity, or the quantity itself if none is within the slack."""
        place = np.searchsorted(self.keys, kind * _REACH + np.minimum(quantity, _REACH - 1), side="right")
        found, best = quantity.copy(), self.slack[kind] * quantity + 1
        for at in (place - 1, place):
            inside = np.clip(at, 0, len(self.keys) - 1)
            rung = self.rungs[inside]
            low, high = np.minimum(rung, quantity), np.maximum(rung, quantity)
            # Their ratio in percent, times the quantity: integers that are fine enough to tell which of two is nearer.
            off = 100 * high * quantity // np.maximum(low, 1)
            fits = (self.keys[inside] // _REACH == kind) & (off < best)
            found, best = np.where(fits, rung, found), np.where(fits, off, best)
        return found


def habits(weights: Mapping[tuple[int, int], int], slack: Ints) -> Habits:
    """Return the usual quantities of each kind. `weights` has the weight of each (kind, quantity).

    From the largest weight down, a quantity is usual unless it is near a usual one of its kind, as `slack` says.
    """
    kept: dict[int, list[int]] = {}
    for kind, quantity in sorted(weights, key=lambda key: (-weights[key], key)):
        usual, most = kept.setdefault(kind, []), int(slack[kind])
        if all(100 * max(rung, quantity) > most * min(rung, quantity) for rung in usual):
            usual.append(quantity)
    flat = sorted((kind, rung) for kind, usual in kept.items() for rung in usual)
    rungs = np.array([rung for _, rung in flat], np.int64)
    return Habits(rungs, np.array([kind * _REACH + rung for kind, rung in flat], np.int64), slack)
