"""Test unique pairs: no duplicates, exact volumes, smaller builds as prefixes, and tables that are nearly full."""

from decimal import Decimal
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from snap.errors import UsageError
from snap_builder.engine.blocks import Shares
from snap_builder.engine.curves import heavy
from snap_builder.engine.fanout import FirstRows, Ratio, Weights
from snap_builder.engine.streams import Seeds
from snap_builder.engine.unique_pairs import Side, UniquePairs, first_block
from tests.params import examples

SEEDS = Seeds(7, "likes")
CURVE = heavy(Decimal(64), Decimal("0.9"))


def _pairs(lefts: int, rights: int, rows: int, scale: Fraction | int = 1, *, none: int = 0, same: bool = False):
    """Return the pairs of a build, and its number of rows."""
    sides = []
    for name, parents, share in (("left", lefts, none), ("right", rights, 0)):
        present = Shares.of([share, 100 - share]).choose(SEEDS.stream(name), 0, int(parents * scale)) == 1
        sides.append(
            Side(
                ratio=Ratio.of(Fraction(rows), Fraction(parents)),
                weights=Weights.of(SEEDS, f"{name} weight", int(parents * scale), CURVE, present),
                parents=int(parents * scale),
                least=parents,
            )
        )
    first = None
    if none:
        able = np.sort(sides[0].weights.members)
        first = FirstRows.of(able, sides[0].ratio.arrival(able), 1)
    ratios, able = (sides[0].ratio, sides[1].ratio), (Fraction(100 - none), Fraction(100))
    size = first_block(ratios, able, sides[0].parents, same=same, ordered=False)
    pairs = UniquePairs.of(SEEDS, "pair", *sides, size=size, first=first, same=same)
    return pairs, min(side.ratio.rows(side.parents) for side in sides)


CASES = [(300, 600, 2_500), (600, 300, 2_500), (40, 4_000, 3_000), (100, 100, 300)]


@pytest.mark.parametrize("case", CASES)
@pytest.mark.parametrize("none", [0, 30])
@examples(3, 20)
@given(scale=st.fractions(1, 6, max_denominator=7), data=st.data())
def test_pairs_are_unique_and_a_part_has_those_of_the_whole(case, none, scale, data):
    pairs, rows = _pairs(*case, scale, none=none)
    left, right = pairs.rows(0, rows)
    assert len(left) == rows
    assert len(np.unique(left << 32 | right)) == rows
    assert left.max() < pairs.left.parents
    assert right.max() < pairs.right.parents
    start = data.draw(st.integers(0, rows - 1))
    stop = data.draw(st.integers(start + 1, rows))
    part = pairs.rows(start, stop)
    assert (part[0] == left[start:stop]).all()
    assert (part[1] == right[start:stop]).all()


@pytest.mark.parametrize("case", CASES)
@examples(3, 20)
@given(scale=st.fractions(1, 6, max_denominator=7))
def test_a_larger_build_begins_with_the_smaller_one(case, scale):
    small, rows = _pairs(*case, none=30)
    large, _ = _pairs(*case, scale, none=30)
    for mine, theirs in zip(small.rows(0, rows), large.rows(0, rows), strict=True):
        assert (mine == theirs).all()


def test_lefts_without_rows_are_exactly_their_share_of_every_block():
    pairs, rows = _pairs(300, 600, 2_500, 10, none=30)
    counts = np.bincount(pairs.rows(0, rows)[0], minlength=3_000)
    assert ((counts == 0).reshape(-1, 10).sum(axis=1) == 3).all()


def test_no_row_is_paired_with_itself():
    pairs, rows = _pairs(300, 300, 700, same=True)
    left, right = pairs.rows(0, rows)
    assert (left != right).all()


@pytest.mark.parametrize("rows", [100, 350, 399, 400])
def test_a_table_of_nearly_all_pairs_is_made(rows):
    pairs, count = _pairs(20, 20, rows)
    left, right = pairs.rows(0, count)
    assert len(np.unique(left << 32 | right)) == rows


def test_a_build_with_too_few_parents_is_refused():
    with pytest.raises(UsageError, match="3 rows with 6"):
        _pairs(300, 600, 2_500, Fraction(1, 100))


def test_rows_of_parents_do_not_follow_their_row_number():
    pairs, rows = _pairs(2_000, 10_000, 50_000)
    for parents, drawn in zip((2_000, 10_000), pairs.rows(0, rows), strict=True):
        tenths = np.array_split(np.bincount(drawn, minlength=parents), 10)
        medians = [float(np.median(tenth)) for tenth in tenths]
        assert max(medians) <= 2 * min(medians)
