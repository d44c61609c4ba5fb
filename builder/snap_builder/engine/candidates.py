"""Parents that some rows only may name: those of the row's own group, from the row on at which they are there.

Parents stand in the order of their groups, and in a group in the order of the rows from which they may be named. So the
parents of a row follow each other, whatever the group.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from snap_builder.engine.columns import Mask
from snap_builder.engine.streams import Ints

NOT_YET = 1 << 40  # no row may name the parent


@dataclass(frozen=True, slots=True, kw_only=True)
class Candidates:
    """The places of parents. `order` has the row of each place, `keys` its group times `span` plus the first row that
    may name it: both rising together. Takes 16 bytes a parent."""

    order: Ints
    keys: Ints
    span: int

    @classmethod
    def of(cls, parents: Ints, ready: Ints, groups: Ints, *, rows: int, always: bool) -> Candidates:
        """Order `parents`, of which row `ready` is the first that may name each; those beyond `rows` are left out.

        `always`: the first parent of a group may be named by every row.
        """
        kept = ready < rows if not always else ready < NOT_YET
        parents, ready, groups = parents[kept], ready[kept], groups[kept]
        order = np.lexsort((parents, ready, groups))
        parents, ready, groups = parents[order], ready[order].copy(), groups[order]
        if always and len(groups):
            ready[np.flatnonzero(np.diff(groups, prepend=-1))] = 0
        span = rows + 1
        return cls(order=parents, keys=groups * span + np.minimum(ready, rows), span=span)

    def stored(self, store: Callable[[Ints], Ints]) -> Candidates:
        """Return the same candidates, whose vectors lie where `store` puts them."""
        return Candidates(order=store(self.order), keys=store(self.keys), span=self.span)

    def places(self, groups: Ints, numbers: Ints) -> tuple[Ints, Ints]:
        """Return the places [first, available) of the parents that rows of these groups and numbers may name."""
        return (
            np.searchsorted(self.keys, groups * self.span),
            np.searchsorted(self.keys, groups * self.span + numbers, side="right"),
        )


def levels(groups: Ints, roots: Mask, wanted: Ints, deepest: int) -> Ints:
    """Return the level of each row in the trees of its group: roots are 1, other rows come nearest to `wanted`.

    A row is one level below the deepest of the rows before it at most. The first row of each group is a root. All
    vectors have shape (rows,).
    """
    numbers = np.arange(len(groups))
    _, codes = np.unique(groups, return_inverse=True)
    begun = np.full(int(codes.max(initial=-1)) + 1, len(groups))
    np.minimum.at(begun, codes, numbers)
    deep = np.ones(len(groups), np.int64)
    for level in range(1, deepest):
        there = begun[codes] < numbers  # a row of this level comes before
        deep += there
        begun = np.full(len(begun), len(groups))
        further = there & ~roots & (wanted > level)
        np.minimum.at(begun, codes[further], numbers[further])
    return np.where(roots, 1, np.minimum(wanted, deep))


def depths(parents: Ints) -> Ints:
    """Return the level of each row whose parents are known: 1 where the parent is none of these, or itself."""
    numbers = np.arange(len(parents))
    above = np.where((parents < 0) | (parents >= len(parents)), numbers, parents)
    depth, place = np.ones(len(parents), np.int64), numbers
    for _ in range(len(parents)):
        moved = above[place]
        if (moved == place).all():
            break
        depth, place = depth + (moved != place), moved
    return depth
