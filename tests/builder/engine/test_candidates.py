"""Test parents of a row's own group, and trees of few levels: a larger table begins with the rows of a smaller one."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from snap_builder.engine.candidates import Candidates, depths, levels

groups_of = st.lists(st.integers(0, 4), min_size=1, max_size=60).map(np.array)


@given(groups_of, st.data())
def test_a_row_may_name_those_of_its_group_that_are_there(groups, data):
    ready = np.array(data.draw(st.lists(st.integers(0, 30), min_size=len(groups), max_size=len(groups))))
    candidates = Candidates.of(np.arange(len(groups)), ready, groups, rows=30, always=False)
    group, number = data.draw(st.integers(0, 6)), data.draw(st.integers(0, 29))
    first, available = candidates.places(np.array([group]), np.array([number]))
    named = candidates.order[first[0] : available[0]]
    assert sorted(named) == np.flatnonzero((groups == group) & (ready <= number)).tolist()


@given(groups_of, st.data())
def test_the_first_of_a_group_may_always_be_named_where_one_has_to_be(groups, data):
    ready = np.array(data.draw(st.lists(st.integers(0, 90), min_size=len(groups), max_size=len(groups))))
    candidates = Candidates.of(np.arange(len(groups)), ready, groups, rows=30, always=True)
    here = np.unique(groups)
    first, available = candidates.places(here, np.zeros_like(here))
    assert (available > first).all()
    earliest = [min((ready[row], row) for row in np.flatnonzero(groups == group))[1] for group in here]
    assert candidates.order[first].tolist() == earliest


@given(groups_of, st.integers(2, 6), st.data())
def test_every_row_has_a_row_of_the_level_above_before_it(groups, deepest, data):
    roots = np.array(data.draw(st.lists(st.booleans(), min_size=len(groups), max_size=len(groups))))
    roots[np.unique(groups, return_index=True)[1]] = True
    wanted = np.array(data.draw(st.lists(st.integers(2, deepest), min_size=len(groups), max_size=len(groups))))
    made = levels(groups, roots, wanted, deepest)
    for row, level in enumerate(made):
        before = set(made[:row][groups[:row] == groups[row]])
        assert level == 1 if roots[row] else level - 1 in before
        assert roots[row] or level == wanted[row] or level == max(before) + 1
    cut = data.draw(st.integers(1, len(groups)))
    assert (levels(groups[:cut], roots[:cut], wanted[:cut], deepest) == made[:cut]).all()


def test_rows_whose_parents_are_known_have_a_level():
    none = np.iinfo(np.int64).max
    assert depths(np.array([none, 0, 1, 3, 99, 2])).tolist() == [1, 2, 3, 1, 1, 4]
    assert depths(np.array([], np.int64)).tolist() == []
    assert len(depths(np.array([1, 0]))) == 2  # a circle ends
