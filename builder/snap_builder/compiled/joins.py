"""Pairs of one table in one build: of any two parents, or of two that share a group."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from fractions import Fraction
from functools import partial
from math import ceil

import numpy as np

from snap.errors import UsageError
from snap_builder.compiled.links import Ends
from snap_builder.compiled.spilled import spilled
from snap_builder.declare.own_code import OwnFunction
from snap_builder.declare.references import Meeting, Pairs
from snap_builder.declare.references import Side as ScoredSide
from snap_builder.engine.blocks import SIZE
from snap_builder.engine.candidates import Candidates
from snap_builder.engine.fanout import Weights
from snap_builder.engine.grouped_pairs import Drawing, GroupedPairs
from snap_builder.engine.streams import Ints, Seeds
from snap_builder.engine.unique_pairs import Side, UniquePairs

_ROOM = 4  # pairs that can be formed for each row: draws repeat seldom


def join_within(
    seeds: Seeds,
    label: str,
    ends: tuple[Ends, Ends],
    word: Pairs,
    groups: tuple[Ints, Ints],
    made: int,
    fixed: tuple[Ints, Ints],
) -> GroupedPairs:
    """Return the pairs of a table whose sides share their group, of which the first are `fixed`.

    `groups` has an element for each parent of either side, `made` are the rows that can be asked for. Errors:
    UsageError where there are fewer pairs than rows.
    """
    left, right = ends
    same = word.differ and left.parent == right.parent
    (lefts, of_left), (rights, of_right) = (np.unique(side, return_counts=True) for side in groups)
    _, mine, theirs = np.intersect1d(lefts, rights, return_indices=True)
    most = int((of_left[mine] * (of_right[theirs] - same)).sum())
    if left.rows > most:
        raise UsageError(
            f"{label}: {left.rows:,} unique pairs of {left.parents:,} {left.parent} and {right.parents:,} "
            f"{right.parent} within {word.within[0].path} are impossible: there are {most:,}",
            "ask for fewer rows, or for more of what they join",
        )
    # At first there are few in each group: so many lefts, and the rights that come with them, have room for their rows.
    rows = Fraction(left.ratio.children, left.ratio.parents)
    few = max(4 * SIZE, ceil(_ROOM * rows * SIZE / (rows * right.ratio.parents / right.ratio.children)))
    least = [min(end.parents_at_one, ceil(few * rows * end.ratio.parents / end.ratio.children)) for end in ends]
    if any(end.parents < count for end, count in zip(ends, least, strict=True)):
        raise UsageError(
            f"{label} pairs {left.parents} rows with {right.parents}, and its pairs need {least[0]} and {least[1]} at "
            "least",
            "choose a larger scale",
            option="scale",
        )
    every = np.arange(right.parents)
    ready = np.where(every < least[1], 0, right.ratio.arrival(every))
    candidates = Candidates.of(every, ready, groups[1], rows=made, always=False)
    weights = [
        Weights.of(seeds, f"{column}\0weight", end.parents, shape.curve(), order=order)
        for column, end, shape, order in zip(
            (word.left, word.right), ends, word.fanout, (None, candidates.order), strict=True
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
    )
    pairs = drawing.settle(fixed)
    return GroupedPairs(left=spilled(pairs.left), right=spilled(pairs.right))


def join(
    seeds: Seeds,
    label: str,
    ends: tuple[Ends, Ends],
    word: Pairs,
    whole: Callable[[str, str], Ints],
    fixed: tuple[Ints, Ints],
) -> UniquePairs:
    """Return the pairs of a table, of which the first are `fixed`. `whole` gives a column of a parent, for the score.

    Errors: UsageError where there are fewer pairs than rows.
    """
    left, right = ends
    same = left.parent == right.parent
    differ = word.differ and same
    # Those without a row make no pair.
    able = int(left.parents * (100 - Fraction(str(word.none_have))) / 100)
    most = (able * right.parents - (able if differ else 0)) // (1 + word.rising)
    if left.rows > most:
        raise UsageError(
            f"{label}: {left.rows:,} unique pairs of {able:,} {left.parent} and {right.parents:,} "
            f"{right.parent} are impossible: there are {most:,}",
            "ask for fewer rows, or for more of what they join",
        )
    shapes = (word.fanout[0].beyond(word.first_rows), word.fanout[1])
    sides, none = [], (word.none_have, 0)
    for end, column, shape, none_have in zip(ends, (word.left, word.right), shapes, none, strict=True):
        weights = end.weigh(seeds, column, shape, none_have).stored(spilled)
        percent = 100 - Fraction(str(none_have))
        sides.append(
            Side(ratio=end.ratio, weights=weights, parents=end.parents, least=end.parents_at_one, percent=percent)
        )

    rating = None
    if word.score is not None:
        own = OwnFunction(function=word.score, label=f"{label}: its score", each="pair")
        rating = Rating(own=own, left=partial(whole, left.parent), right=partial(whole, right.parent))
    lefts = np.sort(np.concatenate(sides[0].weights.members))
    return UniquePairs.of(
        seeds,
        f"{word.left}\0{word.right}",
        sides[0],
        sides[1],
        first=left.first(lefts, word.first_rows, word.none_have, label),
        same=differ,
        rising=word.rising,
        score=rating,
        candidates=word.candidates if rating is not None else 1,
        fixed=fixed,
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Rating:
    """A score of people's own, over the columns of both sides' tables. `tested`: it has to be pure in every call."""

    own: OwnFunction
    left: Callable[[str], Ints]
    right: Callable[[str], Ints]
    tested: bool = False

    def __call__(self, lefts: Ints, rights: Ints) -> Ints:
        """Return how well some pairs go together. Errors: as OwnFunction.numbers has them."""

        def call(part: slice) -> object:
            meeting = Meeting(ScoredSide(self.left, lefts[part]), ScoredSide(self.right, rights[part]))
            return self.own.function(meeting)

        return self.own.numbers(call, len(lefts), tested=self.tested)


def tested(pairs: UniquePairs) -> UniquePairs:
    """Return the same pairs, whose score is called for cuts too, and has to give the same."""
    rating = pairs.score
    return replace(pairs, score=replace(rating, tested=True)) if isinstance(rating, Rating) else pairs
