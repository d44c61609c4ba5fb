"""Draw pairs of parents in the same group: of the same circle, place or taste.

The parents of each side are sorted by group, and within a group by row number. So the parents of a group that exist are
neighbours, and a row draws among the last of them, as rows do among all parents.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from snap_builder.engine.blocks import Shares
from snap_builder.engine.fanout import Weights, Windows
from snap_builder.engine.streams import Ints


@dataclass(frozen=True, slots=True, kw_only=True)
class Grouped:
    """The parents of one side, sorted by group.

    `groups` has the group of each row, -1 for none. `keys` has, for each place, the group times `span` plus the row
    number; keys rise.
    """

    groups: NDArray[np.int32]
    keys: Ints
    span: int
    weights: Weights

    @classmethod
    def of(cls, groups: NDArray[np.int32], known: Ints, weigh: Callable[[Ints], Weights]) -> Grouped:
        """Return the parents `known`, sorted by group. `weigh` returns the weights of parents in a given order."""
        known = known[groups[known] >= 0]
        order = known[np.argsort(groups[known], kind="stable")]
        span = len(groups) + 1
        return cls(groups=groups, keys=groups[order].astype(np.int64) * span + order, span=span, weights=weigh(order))

    def windows(self, groups: NDArray[np.int32], available: Ints) -> Windows:
        """Return the windows from which rows draw: a group's parents among the first `available` parents."""
        begin = groups.astype(np.int64) * self.span
        first, until = np.searchsorted(self.keys, begin), np.searchsorted(self.keys, begin + available)
        return self.weights.windows(np.where(groups < 0, first, until), first)

    def stored(self, store: Callable[[NDArray[Any]], NDArray[Any]]) -> Grouped:
        """Return the same parents, with each vector replaced by what `store` returns for it."""
        return Grouped(
            groups=store(self.groups), keys=store(self.keys), span=self.span, weights=self.weights.stored(store)
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Near:
    """The share of rows whose two parents are in the same group, and the groups of both sides.

    The second of `shares` is the share of these rows.
    """

    shares: Shares
    sides: tuple[Grouped, Grouped]

    def windows(self, side: int, others: Ints, available: Ints) -> Windows:
        """Return the windows from which rows draw one side's parents.

        `others` has each row's parent on the other side, -1 for none.
        """
        groups = np.where(others < 0, np.int32(-1), self.sides[1 - side].groups[others])
        return self.sides[side].windows(groups, available)
