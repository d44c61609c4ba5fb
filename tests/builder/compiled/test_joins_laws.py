"""Test the laws of pairs that choose their partners, over random declarations."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from snap_builder.declare import Dataset, Meeting
from snap_builder.declare.references import Side
from tests.builder.compiled.declarations import built, dataset_of, inputs_of
from tests.builder.compiled.matches import SCHEMA, joined, matches
from tests.params import examples

PAIRS = ("follows", "likes")
scales = st.sampled_from((1, 2, 5, Fraction(3, 2), Fraction(7, 3)))


def _word(declared: Dataset, table: str):
    return next(each.pairs for each in declared.tables if each.name == table)


@pytest.mark.slow
@examples(5, 30)
@given(matches(), st.data())
def test_any_cut_of_a_table_gives_the_same_rows(declared: Dataset, data: st.DataObject) -> None:
    whole = built(declared, 1, SCHEMA)
    dataset = dataset_of(declared, SCHEMA)
    inputs = inputs_of(dataset)
    plan = dataset.plan(inputs)
    for table in data.draw(st.permutations(PAIRS)):
        rows = inputs.rows[table]
        start = data.draw(st.integers(0, rows - 1))
        stop = data.draw(st.integers(start + 1, rows))
        assert plan.part(table, start, stop).equals(whole[table].to_batches()[0].slice(start, stop - start)), table


@pytest.mark.slow
@examples(8, 40)
@given(matches(), scales)
def test_a_larger_build_begins_with_the_smaller_one(declared: Dataset, scale: Fraction | int) -> None:
    small, large = built(declared, 1, SCHEMA), built(declared, scale, SCHEMA)
    for table in PAIRS:
        assert small[table].equals(large[table].slice(0, len(small[table]))), table


@pytest.mark.slow
@examples(8, 40)
@given(matches(), scales)
def test_pairs_are_unique_and_no_row_joins_itself(declared: Dataset, scale: Fraction | int) -> None:
    for table in PAIRS:
        _, _, (left, right) = joined(declared, table, scale)
        assert len(np.unique(left << 32 | right)) == len(left)
        assert table != "follows" or (left != right).all()


@pytest.mark.slow
@examples(8, 40)
@given(matches(), scales)
def test_parents_have_what_is_asked_and_weigh_something(declared: Dataset, scale: Fraction | int) -> None:
    for table in PAIRS:
        word = _word(declared, table)
        *sides, numbers = joined(declared, table, scale)
        for rows, named, weight, where in zip(sides, numbers, word.weight, word.where, strict=True):
            assert weight is None or (rows[weight][named] > 0).all()
            for column, values in where:
                assert np.isin(rows[column][named], values).all()


@pytest.mark.slow
@examples(8, 40)
@given(matches(), scales)
def test_no_pair_has_a_score_below_0(declared: Dataset, scale: Fraction | int) -> None:
    for table in PAIRS:
        word = _word(declared, table)
        left, right, numbers = joined(declared, table, scale)
        if word.score is not None:
            meeting = Meeting(Side(left.__getitem__, numbers[0]), Side(right.__getitem__, numbers[1]))
            assert (word.score(meeting) >= 0).all()


@examples(8, 40)
@given(matches(), scales)
def test_about_so_many_rows_as_mutual_asks_for_have_their_reverse(declared: Dataset, scale: Fraction | int) -> None:
    word = _word(declared, "follows")
    _, _, (left, right) = joined(declared, "follows", scale)
    share = 100 * np.isin(left << 32 | right, right << 32 | left).mean()
    assert word.mutual - 5 <= share <= word.mutual + 10 or not word.mutual, share
