"""Pairs of parents that are near each other: of one circle, one place, one taste.

The parents of each side stand in the order of their groups, and in a group by their row numbers. So those of a group
that are there follow each other, and the last of them are drawn among as all parents are.
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
    """The parents of one side by groups: `groups` has the group of each row, -1 for none, and `keys` the group times
    `span` plus the row number of each place, which rise."""

    groups: NDArray[np.int32]
    keys: Ints
    span: int
    weights: Weights

    @classmethod
    def of(cls, groups: NDArray[np.int32], known: Ints, weigh: Callable[[Ints], Weights]) -> Grouped:
        """Order the parents `known` by groups; `weigh` weighs parents in an order."""
        known = known[groups[known] >= 0]
        order = known[np.argsort(groups[known], kind="stable")]
        span = len(groups) + 1
        return cls(groups=groups, keys=groups[order].astype(np.int64) * span + order, span=span, weights=weigh(order))

    def windows(self, groups: NDArray[np.int32], available: Ints) -> Windows:
        """Return where rows draw their parents: those of a group among the first `available` parents."""
        begin = groups.astype(np.int64) * self.span
        first, until = np.searchsorted(self.keys, begin), np.searchsorted(self.keys, begin + available)
        return self.weights.windows(np.where(groups < 0, first, until), first)

    def stored(self, store: Callable[[NDArray[Any]], NDArray[Any]]) -> Grouped:
        """Return the same parents, whose vectors lie where `store` puts them."""
        return Grouped(
            groups=store(self.groups), keys=store(self.keys), span=self.span, weights=self.weights.stored(store)
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Near:
    """Which rows join parents of one group, by `shares` of which the second is theirs, and the groups of both sides."""

    shares: Shares
    sides: tuple[Grouped, Grouped]

    def windows(self, side: int, others: Ints, available: Ints) -> Windows:
        """Return where rows draw the parents of one side whose other side is `others`, -1 for none."""
        groups = np.where(others < 0, np.int32(-1), self.sides[1 - side].groups[others])
        return self.sides[side].windows(groups, available)
