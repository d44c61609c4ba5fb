"""Choose the parents of a table's rows in one build: which parents exist, their weights, and the parent of each row."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from math import ceil

import numpy as np

from snap.errors import UsageError
from snap_builder.compiled.spilled import spilled
from snap_builder.declare.checked import Number
from snap_builder.declare.maker import NULL, with_nulls
from snap_builder.declare.numbers import Shape, shares_of
from snap_builder.declare.references import Reference
from snap_builder.engine.blocks import SIZE, settled
from snap_builder.engine.candidates import Candidates, depths, levels
from snap_builder.engine.columns import Mask
from snap_builder.engine.fanout import FirstRows, Ratio, Weights
from snap_builder.engine.room import spread
from snap_builder.engine.streams import Ints, Seeds, below

_STEP = 1 << 16  # rows that are processed together


@dataclass(frozen=True, slots=True, kw_only=True)
class Ends:
    """A child table and one of its parent tables: their numbers of rows in a build, and the ratio of these numbers.

    `parents` is the number of parent rows that child rows can reference. `late` is true if the two tables are on a
    cycle of references and the parent is made after the child. Then parent rows reference child rows too, and are added
    with them.
    """

    child: str
    parent: str
    rows: int
    parents: int
    parents_at_one: int
    ratio: Ratio
    late: bool = False

    def able(self, seeds: Seeds, column: str, label: str, none_have: Number, scope: Scope) -> Ints:
        """Return the parents that may have rows, sorted. Errors: UsageError if there are none."""
        may = self.with_rows(seeds, column, none_have)
        if scope.chosen is not None:
            may = may & scope.chosen
        if scope.weights is not None:
            may = may & (scope.weights > 0)
        known = np.flatnonzero(may)
        if not len(known):
            raise UsageError(
                f"{label}: none of {self.parents:,} rows of {self.parent} may be referenced",
                f"ask for more rows of {self.parent}, lower none_have=, or let where= or weight= allow more of them",
            )
        return known

    def with_rows(self, seeds: Seeds, column: str, none_have: Number) -> Mask:
        """Return a mask of the parents that may have rows. Exactly `none_have` percent of all parents have none."""
        if not none_have:
            return np.ones(self.parents, np.bool_)
        return shares_of(none_have).choose(seeds.stream(f"{column}\0none have"), 0, self.parents) == 0

    def weigh(self, seeds: Seeds, column: str, fanout: Shape, none_have: Number) -> Weights:
        """Return the weights of the parents. The `none_have` percent of parents without rows have weight 0."""
        present = self.with_rows(seeds, column, none_have) if none_have else None
        return Weights.of(seeds, f"{column}\0weight", self.parents, fanout.curve(), present, whole=self.ratio.there > 0)

    def first(self, parents: Ints, each: int, none_have: Number, label: str) -> FirstRows | None:
        """Return the rows that are guaranteed to each parent, `each` of them, or None if `each` is 0.

        Errors: UsageError if there are too few rows.
        """
        if not each:
            return None
        self.require_rows(each, none_have, label)
        first = FirstRows.of(parents, self.ratio.arrival(parents), each)
        return FirstRows(spilled(first.rows), spilled(first.parents))

    def require_rows(self, each: int, none_have: Number, label: str) -> None:
        """Raise UsageError if there are fewer rows than `each` for every parent but `none_have` percent."""
        needed = each * (1 - Fraction(str(none_have)) / 100)
        if Fraction(self.ratio.children, self.ratio.parents) < needed:
            share = f"{100 - Decimal(str(none_have))} % of them need" if none_have else "each needs"
            raise UsageError(
                f"{label}: {self.ratio.children / self.ratio.parents:g} rows for each row of {self.parent} are too "
                f"few: {share} at least {each}",
                f"ask for {float(needed):g} rows of {self.child} for each row of {self.parent}",
            )


@dataclass(frozen=True, slots=True, kw_only=True)
class Scope:
    """The parents that the rows may reference, as vectors with an element for each parent.

    `groups` has one number for each combination of values that parents share with their rows, and `own` returns these
    numbers for rows [start, stop). `chosen` marks the parents that `where` allows, and `weights` are the parents'
    weights. `ready` is the first row that may reference each parent, because other references of the row need parents
    in the same group.
    """

    groups: Ints | None = None
    own: Callable[[int, int], Ints] | None = None
    chosen: Mask | None = None
    weights: Ints | None = None
    ready: Ints | None = None

    @property
    def open(self) -> bool:
        """Whether every row may name every parent that exists."""
        return self.groups is None and self.chosen is None and self.weights is None and self.ready is None


class References:
    """The parents that rows name in one reference. The first rows have the `fixed` parents.

    `made` is the number of rows that can be asked for.
    """

    def __init__(
        self,
        seeds: Seeds,
        name: str,
        label: str,
        ends: Ends,
        word: Reference,
        scope: Scope,
        *,
        nullable: bool,
        made: int,
        fixed: Ints,
    ) -> None:
        self._seeds, self._name, self._label, self._word, self._ends = seeds, name, label, word, ends
        self._scope, self._nullable, self._made, self._fixed = scope, nullable, made, fixed
        self._own = ends.child == ends.parent
        # With one=, a made row in the place of a fixed row would reference another parent: swap the two parents.
        instead = ends.ratio.present(np.arange(len(fixed))) - 1
        named = fixed[fixed != NULL]
        self._swapped = np.setdiff1d(named, instead), np.setdiff1d(instead, named)
        if word.one and ends.ratio.children > ends.ratio.parents:
            raise UsageError(
                f"{label}: {ends.ratio.children / ends.ratio.parents:g} rows for each row of {ends.parent} are more "
                "than one",
                f"ask for at most as many rows of {ends.child} as of {ends.parent}",
            )
        known = ends.able(seeds, name, label, word.none_have, scope)
        # Spread the first rows over several parents, so that the first parent does not get all of them.
        self._least = max(int(known[0]) + 1, 0 if ends.late else min(SIZE, ends.parents_at_one))
        if ends.parents < self._least:
            raise UsageError(
                f"{label}: {ends.parents} rows of {ends.parent} are too few: the reference needs {self._least}",
                "choose a larger scale",
                option="scale",
            )
        self._levels = self._tree() if word.tree else None
        candidates = self._ordered(known)
        self._candidates = None if candidates is None else candidates.stored(spilled)
        self._weights = self._weigh(known).stored(spilled)
        self._first = ends.first(known, word.first_rows, word.none_have, label)
        self._none = self._without()
        self._few = spilled(self._with_room().astype(np.int32)) if word.at_most is not None else None

    def rows(self, start: int, stop: int) -> Ints:
        """Return the parent of each of rows [start, stop), or NULL. The shape is (rows,)."""
        numbers = np.arange(start, stop)
        if self._word.one and self._own:
            parent = numbers - 1  # a chain: each row references the row before
        elif self._word.one:
            parent = self._ends.ratio.present(numbers) - 1
            named, free = self._swapped
            if not len(named):
                return parent
            return np.where(np.isin(parent, named), free[np.searchsorted(named, parent) % len(free)], parent)
        elif self._few is not None:
            parent = self._few[start:stop].astype(np.int64)
        else:
            available, first = self._available(numbers)
            parent = self._weights.windows(available, first).draw(self._seeds.wide(self._name, start, stop, 2))
        if self._first is not None:
            self._first.place(parent, start)
        if self._own and not self._nullable:
            parent = np.where(parent < 0, numbers, parent)
        if self._none is not None:
            parent = with_nulls(parent, self._none[start:stop])
        elif self._word.none:
            parent = with_nulls(parent, self._left_out(start, stop))
        return np.where(parent < 0, NULL, parent)

    def _left_out(self, start: int, stop: int) -> Mask:
        stream = self._seeds.stream(f"{self._name}\0none")
        return shares_of(self._word.none).choose(stream, start, stop) == 1

    def _with_room(self) -> Ints:
        """Return a parent for each row, -1 for rows without one. No parent has more than `at_most` rows."""
        word, ends, most = self._word, self._ends, self._word.at_most or 1
        rows = (1 - Fraction(str(word.none)) / 100) * Fraction(ends.ratio.children, ends.ratio.parents)
        may = 1 - Fraction(str(word.none_have)) / 100
        if rows > most * may or word.first_rows > most:
            raise UsageError(
                f"{self._label}: {float(rows / may):g} rows for each row of {ends.parent} that has any are more than "
                "the "
                f"{most} that at_most= allows",
                f"ask for {float(most * may / rows * ends.rows):.0f} rows of {ends.child} at most, or raise at_most=",
            )
        wanted = np.ones(self._made, np.bool_)
        if self._first is not None:
            wanted = ~self._first.place(np.zeros(self._made, np.int64), 0)
        if self._none is not None:
            wanted &= ~self._none
        elif word.none:
            wanted &= ~self._left_out(0, self._made)
        numbers = np.arange(self._made)
        available, first = self._available(numbers)
        first = np.broadcast_to(first, available.shape)
        available = np.where(wanted, available, first)
        given = np.where(self._fixed == NULL, -1, self._fixed)
        drawn = spread(
            self._seeds,
            self._name,
            self._weights,
            first,
            available,
            most - word.first_rows,
            given,
        )
        if drawn is None:
            raise UsageError(
                f"{self._label}: some rows of {ends.child} find no row of {ends.parent} with fewer than {most} rows",
                "ask for fewer rows, or raise at_most=",
            )
        return drawn

    # -- which parents there are

    def _ordered(self, known: Ints) -> Candidates | None:
        """Return the parents sorted by group. Return None if every row may name every parent that exists."""
        scope, ends, word = self._scope, self._ends, self._word
        if scope.open and self._levels is None and len(known) == ends.parents and not ends.late:
            return None
        if self._own:
            ready = known + (self._nullable or self._levels is not None)
        elif ends.late:  # a row may reference the parents of the smallest build that has the row, rounded down
            ready = -((known + 1) * -ends.ratio.children // ends.ratio.parents) - 1
        else:
            ready = np.where(known < self._least, 0, ends.ratio.arrival(known))
        if scope.ready is not None:
            ready = self._after_others(np.maximum(ready, scope.ready[known]))
        groups = np.zeros(len(known), np.int64) if scope.groups is None else scope.groups[known]
        if self._levels is not None and word.tree is not None:
            groups = groups * (word.tree + 1) + self._levels[known]
        always = scope.groups is not None and not word.none and not self._own and not ends.late
        candidates = Candidates.of(known, ready, groups, rows=self._made, always=always)
        if always:
            self._require_groups(candidates)
        return candidates

    def _after_others(self, ready: Ints) -> Ints:
        """Return the first row that may reference each parent. Row 0 may already reference the earliest ones.

        Rows can reference a parent once its group has parents for the row's other references too. The first rows all
        reference the earliest such parents. Errors: UsageError if the build has no such parent.
        """
        least = int(ready.min())
        if least >= self._ends.rows:
            raise UsageError(
                f"{self._label}: no row of {self._ends.parent} has the values that the other references of "
                f"{self._ends.child} have to share with it",
                "ask for more rows of the referenced tables, or leave out within=",
                option="scale",
            )
        return np.where(ready == least, 0, ready)

    def _weigh(self, known: Ints) -> Weights:
        seeds, name, ends, scope = self._seeds, self._name, self._ends, self._scope
        order = None if self._candidates is None else self._candidates.order
        if scope.weights is None or order is None:
            curve = self._word.fanout.beyond(self._word.first_rows).curve()
            there = ends.ratio.there > 0
            return Weights.of(seeds, f"{name}\0weight", ends.parents, curve, order=order, whole=there)
        early = np.sort(scope.weights[known[: np.searchsorted(known, self._least)]])
        return Weights.by(scope.weights[order], order, int(early[len(early) // 2]))

    def _available(self, numbers: Ints) -> tuple[Ints, Ints | int]:
        """Return the range of places from which each row draws its parent: first the ends, then the starts."""
        if self._candidates is None:
            if self._own:
                return numbers + (not self._nullable), 0
            return np.maximum(self._ends.ratio.present(numbers), self._least), 0
        first, available = self._candidates.places(self._groups(numbers), numbers)
        return available, first

    def _groups(self, numbers: Ints) -> Ints:
        """Return for each row the group of the parents that the row may name."""
        groups = np.zeros(len(numbers), np.int64)
        if self._scope.own is not None and len(numbers):
            groups = self._scope.own(int(numbers[0]), int(numbers[-1]) + 1)
        if self._levels is not None and self._word.tree is not None:
            groups = groups * (self._word.tree + 1) + self._levels[numbers] - 1  # for roots: level 0, which has no rows
        return groups

    # -- which rows have no parent

    def _tree(self) -> Ints:
        """Return the level of each row in its tree. The level of a row without a parent is 1."""
        groups, word = self._scope.groups, self._word
        groups = np.zeros(self._made, np.int64) if groups is None else groups
        forced = np.zeros(self._made, np.bool_)
        forced[np.unique(groups, return_index=True)[1]] = True
        roots = self._settled(forced, "the first of their tree") if self._nullable else forced
        deepest, fixed = word.tree or 2, len(self._fixed)
        wanted = below(self._seeds.bits(f"{self._name}\0level", 0, self._made), deepest - 1) + 2
        wanted[:fixed] = np.minimum(depths(self._fixed), deepest)
        roots[:fixed] = wanted[:fixed] == 1
        made = levels(groups, roots, wanted, deepest)
        made[:fixed] = wanted[:fixed]
        return made

    def _without(self) -> Mask | None:
        """Return a mask of the rows without a parent, or None if no row is forced to lack one."""
        if self._levels is not None:
            return self._levels == 1 if self._nullable else None
        if not self._ends.late and (not self._word.none or self._scope.groups is None):
            return None
        cuts = [np.arange(start, min(start + _STEP, self._made)) for start in range(0, self._made, _STEP)]
        forced = [available <= first for available, first in map(self._available, cuts)]
        return self._settled(
            np.concatenate(forced),
            "before the first parent of their group",
        )

    def _settled(self, forced: Mask, why: str) -> Mask:
        word, rows = self._word, self._ends.rows
        lacking, share = int(forced[:rows].sum()), Fraction(str(word.none)) / 100
        if lacking > ceil(rows * share) and not word.loose:
            raise UsageError(
                f"{self._label}: {lacking:,} of {rows:,} rows are {why}, so they have no parent; none={word.none} "
                f"allows only {int(rows * share):,}",
                f"write none={ceil(Fraction(100 * lacking, rows))}, or ask for more rows",
            )
        if not word.none:
            return forced
        return settled(forced, shares_of(word.none), self._seeds.stream(f"{self._name}\0none"))

    # -- impossible references

    def _require_groups(self, candidates: Candidates) -> None:
        """Raise UsageError if the group of a row has no parent."""
        groups = np.unique(candidates.keys // candidates.span)
        for start in range(0, self._made, _STEP):
            numbers = np.arange(start, min(start + _STEP, self._made))
            lost = np.flatnonzero(~np.isin(self._groups(numbers), groups))
            if len(lost):
                shared = ", ".join(each.path for each in self._word.within)
                raise UsageError(
                    f"{self._label}: no row of {self._ends.parent} has the same {shared} as row {numbers[lost[0]]:,} "
                    "of "
                    f"{self._ends.child}",
                    f"ask for more rows of {self._ends.parent}, give every group some of them with at_least=1, or "
                    "write none=",
                    option="scale",
                )
