"""Provide recipe rows as functions of `made_by` see them, with authors of all kinds."""

import numpy as np

from snap_builder.datasets.worldchef.vocabulary import CUISINES, DIETS, LANGUAGES
from snap_builder.engine.streams import Seeds, below, chance

NULL = int(np.iinfo(np.int64).min)


class RecipeRows:
    """The recipes [start, stop) under a seed. `given` has values of paths: a number for all rows, or one each."""

    NULL = NULL

    def __init__(self, start, stop, *, seed=1, given=None):
        self.start, self.stop, self._given = start, stop, given or {}
        self._seeds = Seeds(seed, "recipes")

    def bits(self, purpose):
        return self._seeds.bits(purpose, self.start, self.stop)

    def wide(self, purpose, width):
        return self._seeds.wide(purpose, self.start, self.stop, width)

    def integers(self, path):
        rows = self.stop - self.start
        if path in self._given:
            return np.broadcast_to(np.asarray(self._given[path], np.int64), (rows,)).copy()
        bits = self.bits(path)
        low = bits << np.uint64(32)
        if path in {"author.favourite", "author.second"}:
            return below(bits, len(CUISINES))
        if path == "author.diet":
            return np.where(chance(bits, 40), below(low, len(DIETS)), NULL)
        if path == "author.language":
            return np.where(chance(bits, 17), 1 + below(low, len(LANGUAGES) - 1), 0)
        return np.full(rows, NULL)
