"""Find a row's candidates: the parents of the row's group that already exist when the row is added.

Parents are sorted by group, and within a group by the first row that may reference them. So the candidates of a row are
always neighbours.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from snap_builder.engine.columns import Mask
from snap_builder.engine.streams import Ints

NOT_YET = 1 << 40  # no row may reference the parent


@dataclass(frozen=True, slots=True, kw_only=True)
class Candidates:
    """Parents sorted by group, and by the first row that may reference them. Takes 16 bytes a parent.

    `order` has the parent's row number for each place. `keys` has, for each place, the parent's group times `span` plus
    the first row that may reference the parent. The keys rise.
    """

    order: Ints
    keys: Ints
    span: int

    @classmethod
    def of(cls, parents: Ints, ready: Ints, groups: Ints, *, rows: int, always: bool) -> Candidates:
        """Return `parents` as candidates. `ready` has, for each parent, the first row that may reference it.

        A parent is left out if only rows from `rows` on may reference it. If `always`, such a parent stays, and every
        row may reference the first parent of its group. A parent that no row may reference is always left out.
        """
        kept = ready < rows if not always else ready < NOT_YET
        parents, ready, groups = parents[kept], ready[kept], groups[kept]
        order = np.lexsort((parents, ready, groups))
        parents, ready, groups = parents[order], ready[order].copy(), groups[order]
        if always and len(groups):
            ready[np.flatnonzero(np.diff(groups, prepend=-1))] = 0
        span = rows + 1
        return cls(order=parents, keys=groups * span + np.minimum(ready, rows), span=span)

    def ready(self, groups: Ints, count: int) -> Ints:
        """Return for each of `groups` the first row for which it has `count` candidates. NOT_YET: there is none."""
        place = np.searchsorted(self.keys, groups * self.span) + count - 1
        key = self.keys[np.minimum(place, len(self.keys) - 1)]
        return np.where((place < len(self.keys)) & (key // self.span == groups), key % self.span, NOT_YET)

    def stored(self, store: Callable[[Ints], Ints]) -> Candidates:
        """Return the same candidates, with each vector replaced by what `store` returns for it."""
        return Candidates(order=store(self.order), keys=store(self.keys), span=self.span)

    def places(self, groups: Ints, numbers: Ints) -> tuple[Ints, Ints]:
        """Return the places [first, available) of the parents that rows of these groups and numbers may reference."""
        return (
            np.searchsorted(self.keys, groups * self.span),
            np.searchsorted(self.keys, groups * self.span + numbers, side="right"),
        )


def levels(groups: Ints, roots: Mask, wanted: Ints, deepest: int) -> Ints:
    """Return the level of each row in the trees of its group: roots have level 1.

    Other rows come as near to `wanted` as possible: a row is at most one level below the deepest row before it. The
    first row of each group is a root. All vectors have shape (rows,).
    """
    numbers = np.arange(len(groups))
    _, codes = np.unique(groups, return_inverse=True)
    begun = np.full(int(codes.max(initial=-1)) + 1, len(groups))
    np.minimum.at(begun, codes, numbers)
    deep = np.ones(len(groups), np.int64)
    for level in range(1, deepest):
        there = begun[codes] < numbers  # an earlier row has this level
        deep += there
        begun = np.full(len(begun), len(groups))
        further = there & ~roots & (wanted > level)
        np.minimum.at(begun, codes[further], numbers[further])
    return np.where(roots, 1, np.minimum(wanted, deep))


def depths(parents: Ints) -> Ints:
    """Return the level of each row in its tree, given the parent of each row.

    The level is 1 if the parent is the row itself, or is not among the rows.
    """
    numbers = np.arange(len(parents))
    above = np.where((parents < 0) | (parents >= len(parents)), numbers, parents)
    depth, place = np.ones(len(parents), np.int64), numbers
    for _ in range(len(parents)):
        moved = above[place]
        if (moved == place).all():
            break
        depth, place = depth + (moved != place), moved
    return depth
