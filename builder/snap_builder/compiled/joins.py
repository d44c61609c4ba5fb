"""Make the pairs of one table in one build: pairs of any two parents, or of two parents in the same group."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from fractions import Fraction
from functools import partial
from math import ceil

import numpy as np

from snap.errors import UsageError
from snap_builder.compiled.links import Ends, Scope
from snap_builder.compiled.spilled import spilled
from snap_builder.declare.numbers import Shape, shares_of
from snap_builder.declare.own_code import OwnFunction
from snap_builder.declare.references import Meeting, Pairs
from snap_builder.declare.references import Side as ScoredSide
from snap_builder.engine.blocks import SIZE
from snap_builder.engine.candidates import Candidates
from snap_builder.engine.columns import Mask
from snap_builder.engine.fanout import FirstRows, Weighed, Weights
from snap_builder.engine.grouped_pairs import Drawing, GroupedPairs
from snap_builder.engine.nearness import Grouped, Near
from snap_builder.engine.reversals import Reversals
from snap_builder.engine.streams import Ints, Seeds
from snap_builder.engine.unique_pairs import Side, UniquePairs, first_block, least_parents

_ROOM = 4  # possible pairs for each row, so that draws seldom repeat


def join_within(
    seeds: Seeds,
    label: str,
    ends: tuple[Ends, Ends],
    word: Pairs,
    groups: tuple[Ints, Ints],
    made: int,
    fixed: tuple[Ints, Ints],
) -> GroupedPairs:
    """Return a table's pairs, each of two parents in the same group. The first pairs are `fixed`.

    `groups` has the group of each parent of either side. `made` is the number of rows that can be asked for.

    Errors: UsageError if there are fewer pairs than rows.
    """
    left, right = ends
    same = word.differ and left.parent == right.parent
    may = left.with_rows(seeds, word.left, word.none_have)
    (lefts, of_left), (rights, of_right) = (np.unique(side, return_counts=True) for side in (groups[0][may], groups[1]))
    _, mine, theirs = np.intersect1d(lefts, rights, return_indices=True)
    most = int((of_left[mine] * (of_right[theirs] - same)).sum())
    if left.rows > most:
        raise UsageError(
            f"{label}: {left.rows:,} unique pairs of {left.parents:,} {left.parent} and {right.parents:,} "
            f"{right.parent} within {word.within[0].path} are impossible: only {most:,} exist",
            "ask for fewer rows, or for more rows of the joined tables",
        )
    # Groups are small at first: this many lefts, and the rights that come with them, have room for their rows.
    rows = Fraction(left.ratio.children, left.ratio.parents)
    few = max(4 * SIZE, ceil(_ROOM * rows * SIZE / (rows * right.ratio.parents / right.ratio.children)))
    least = [min(end.parents_at_one, ceil(few * rows * end.ratio.parents / end.ratio.children)) for end in ends]
    if any(end.parents < count for end, count in zip(ends, least, strict=True)):
        raise UsageError(
            f"{label} pairs {left.parents} rows with {right.parents}, but its pairs need at least {least[0]} and "
            f"{least[1]}",
            "choose a larger scale",
            option="scale",
        )
    every = np.arange(right.parents)
    ready = np.where(every < least[1], 0, right.ratio.arrival(every))
    candidates = Candidates.of(every, ready, groups[1], rows=made, always=False)
    shapes = (word.fanout[0].beyond(word.first_rows), word.fanout[1])
    weights = [
        Weights.of(seeds, f"{column}\0weight", end.parents, shape.curve(), present, order=order)
        for column, end, shape, present, order in zip(
            (word.left, word.right),
            ends,
            shapes,
            (may if word.none_have else None, None),
            (None, candidates.order),
            strict=True,
        )
    ]
    drawing = Drawing(
        seeds=seeds,
        name=f"{word.left}\0{word.right}",
        weights=weights[0],
        rows=made,
        available=lambda rows: np.maximum(left.ratio.present(rows), least[0]),
        groups=groups[0],
        candidates=candidates,
        right_weights=weights[1],
        same=same,
        first=_first_within(left, label, word, groups[0], may, candidates, fixed[0], same=same),
    )
    pairs = drawing.settle(fixed)
    return GroupedPairs(left=spilled(pairs.left), right=spilled(pairs.right))


def _first_within(
    left: Ends, label: str, word: Pairs, groups: Ints, may: Mask, candidates: Candidates, fixed: Ints, *, same: bool
) -> FirstRows | None:
    """Return the rows that lefts get on arrival, or as soon as their group has rights for them.

    Lefts that have enough of the `fixed` rows get none, and the others get theirs after those rows.
    """
    each = word.first_rows
    if not each:
        return None
    left.require_rows(each, word.none_have, label)
    lefts = np.flatnonzero(may & (np.bincount(fixed, minlength=left.parents) < each))
    ready = np.maximum(candidates.ready(groups[lefts], each + same), len(fixed))
    arrivals = np.maximum(left.ratio.arrival(lefts), ready)
    order = np.argsort(arrivals, kind="stable")
    return FirstRows.of(lefts[order], arrivals[order], each)


def join(
    seeds: Seeds,
    label: str,
    ends: tuple[Ends, Ends],
    word: Pairs,
    scopes: tuple[Scope, Scope],
    whole: Callable[[str, str], Ints],
    fixed: tuple[Ints, Ints],
) -> UniquePairs:
    """Return the unique pairs of a table, of any two parents. The first pairs are `fixed`.

    `whole` returns a column of a parent table, for the score.

    Errors: UsageError if there are fewer pairs than rows.
    """
    left, right = ends
    same = left.parent == right.parent
    differ = word.differ and same
    columns = (word.left, word.right)
    able = _able(seeds, word, ends, scopes, label)
    _require_room(label, ends, word, able, same=differ)
    ordered = word.rising or bool(word.mutual)
    size = first_block((left.ratio, right.ratio), able, left.parents, same=differ, ordered=ordered)
    least = least_parents((left.ratio, right.ratio), (left.parents_at_one, right.parents_at_one), size)
    shapes = (word.fanout[0].beyond(word.first_rows), word.fanout[1])
    weighing = [
        _Weighing.of(seeds, column, end, shape, scope, known, first, other)
        for column, end, shape, scope, known, first, other in zip(
            columns, ends, shapes, scopes, able, least, (right, left), strict=True
        )
    ]
    sides = []
    for end, column, shape, none_have, known, weighed in zip(
        ends, columns, shapes, (word.none_have, 0), able, weighing, strict=True
    ):
        by_share = isinstance(known, Fraction)
        weights = end.weigh(seeds, column, shape, none_have) if by_share else weighed(known)
        sides.append(
            Side(ratio=end.ratio, weights=weights.stored(spilled), parents=end.parents, least=end.parents_at_one)
        )
    rating = None
    if word.score is not None:
        own = OwnFunction(function=word.score, label=f"{label}: its score", each="pair")
        rating = Rating(own=own, left=partial(whole, left.parent), right=partial(whole, right.parent))
    lefts = sides[0].able
    return UniquePairs.of(
        seeds,
        f"{word.left}\0{word.right}",
        sides[0],
        sides[1],
        size=size,
        first=left.first(lefts, word.first_rows, word.none_have, label),
        same=differ,
        rising=word.rising,
        score=rating,
        candidates=word.candidates if rating is not None else 1,
        near=_near(word, scopes, sides, weighing),
        reversals=_reversals(word, left),
        fixed=fixed,
    )


def _able(
    seeds: Seeds, word: Pairs, ends: tuple[Ends, Ends], scopes: tuple[Scope, Scope], label: str
) -> tuple[Ints | Fraction, Ints | Fraction]:
    """Return the parents that may have rows, for the left and the right side of the pairs.

    If nothing but `none_have` limits a side, return the percentage of its parents that may have rows instead.
    """
    sides: list[Ints | Fraction] = []
    for end, column, scope, none_have in zip(ends, (word.left, word.right), scopes, (word.none_have, 0), strict=True):
        if scope.chosen is None and scope.weights is None:
            sides.append(100 - Fraction(str(none_have)))
            continue
        sides.append(end.able(seeds, column, f"{label}.{column}", none_have, scope))
    return sides[0], sides[1]


def _require_room(
    label: str, ends: tuple[Ends, Ends], word: Pairs, able: tuple[Ints | Fraction, Ints | Fraction], *, same: bool
) -> None:
    """Raise UsageError if there are fewer pairs than rows."""
    left, right = ends
    # Parents without rows are in no pair.
    lefts, rights = (
        int(end.parents * each / 100) if isinstance(each, Fraction) else len(each)
        for end, each in zip(ends, able, strict=True)
    )
    both = min(lefts, rights)
    if same and not isinstance(able[0], Fraction) and not isinstance(able[1], Fraction):
        both = len(np.intersect1d(able[0], able[1]))
    most = (lefts * rights - (both if same else 0)) // (1 + word.rising)
    if left.rows > most:
        raise UsageError(
            f"{label}: {left.rows:,} unique pairs of {lefts:,} {left.parent} and {rights:,} "
            f"{right.parent} are impossible: only {most:,} exist",
            "ask for fewer rows, or for more rows of the joined tables",
        )
    two_ways = both * (both - 1) // 2
    reversed_ = int(left.rows * Fraction(str(word.mutual)) / 200)
    if reversed_ > two_ways:
        raise UsageError(
            f"{label}: {left.rows:,} unique pairs, of which {word.mutual} % have their reverse, need {reversed_:,} "
            "pairs "
            f"that have a reverse, but {both:,} {left.parent} that may be on either side allow only {two_ways:,}",
            "ask for fewer rows, or lower mutual=",
        )
    wanted = left.rows - reversed_
    if word.mutual and wanted > most - two_ways:
        raise UsageError(
            f"{label}: {left.rows:,} unique pairs, of which {word.mutual} % have their reverse, need {wanted:,} pairs "
            f"that are not reverses, but {lefts:,} and {rights:,} {left.parent} allow only {most - two_ways:,}",
            "ask for fewer rows, or raise mutual=",
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class _Weighing:
    """Computes the weights of one side's parents from a column of the parents or from a fan-out."""

    seeds: Seeds
    name: str
    end: Ends
    shape: Shape
    weighed: Weighed | None

    @classmethod
    def of(
        cls,
        seeds: Seeds,
        column: str,
        end: Ends,
        shape: Shape,
        scope: Scope,
        able: Ints | Fraction,
        first: int,
        other: Ends,
    ) -> _Weighing:
        weighed = None
        if scope.weights is not None and not isinstance(able, Fraction):
            mask = np.zeros(end.parents, np.bool_)
            mask[able] = True
            each = Fraction(other.ratio.children, other.ratio.parents)
            weighed = Weighed.of(scope.weights, mask, end.parents if end.ratio.there else first, each)
        return cls(seeds=seeds, name=f"{column}\0weight", end=end, shape=shape, weighed=weighed)

    def __call__(self, order: Ints) -> Weights:
        whole = self.end.ratio.there > 0
        if self.weighed is not None:
            return Weights.weighed(self.weighed, order, whole=whole)
        return Weights.of(self.seeds, self.name, self.end.parents, self.shape.curve(), order=order, whole=whole)


def _near(word: Pairs, scopes: tuple[Scope, Scope], sides: list[Side], weighing: list[_Weighing]) -> Near | None:
    if word.near is None:
        return None
    grouped = []
    for scope, side, weigh in zip(scopes, sides, weighing, strict=True):
        assert scope.groups is not None
        grouped.append(Grouped.of(scope.groups.astype(np.int32), side.able, weigh).stored(spilled))
    return Near(shares=shares_of(word.near[2]), sides=(grouped[0], grouped[1]))


def _reversals(word: Pairs, left: Ends) -> Reversals | None:
    """Return the reversals among pairs, None without `mutual`. The rows that lefts get on arrival are not reversed."""
    if not word.mutual:
        return None
    first = word.first_rows * (1 - Fraction(str(word.none_have)) / 100)
    free = 1 - first * left.ratio.parents / left.ratio.children
    return Reversals.of(Fraction(str(word.mutual)), max(free, Fraction(1, 100)))


@dataclass(frozen=True, slots=True, kw_only=True)
class Rating:
    """A user-defined score, over the columns of both sides' tables.

    If `tested`, every call checks that the function is pure.
    """

    own: OwnFunction
    left: Callable[[str], Ints]
    right: Callable[[str], Ints]
    tested: bool = False

    def __call__(self, lefts: Ints, rights: Ints) -> Ints:
        """Return the score of each pair of parents. Errors: those of OwnFunction.numbers."""

        def call(part: slice) -> object:
            meeting = Meeting(ScoredSide(self.left, lefts[part]), ScoredSide(self.right, rights[part]))
            return self.own.function(meeting)

        return self.own.numbers(call, len(lefts), tested=self.tested)


def tested(pairs: UniquePairs) -> UniquePairs:
    """Return the same pairs with a score that is also called for cuts of the pairs, to test that its values stay."""
    rating = pairs.score
    return replace(pairs, score=replace(rating, tested=True)) if isinstance(rating, Rating) else pairs
