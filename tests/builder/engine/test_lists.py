"""Test lists in rows: a range of rows has the elements of the whole table, and whole blocks have equal numbers."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from snap_builder.engine.blocks import Shares
from snap_builder.engine.lists import listed
from snap_builder.engine.streams import Seeds

STREAM = Seeds(7, "people").stream("tags")
weights = st.lists(st.integers(0, 9), min_size=1, max_size=6).filter(sum)


@given(weights, st.integers(0, 3), st.tuples(st.integers(0, 300), st.integers(0, 300)).map(sorted))
def test_any_range_has_the_elements_of_the_whole(given_weights, low, bounds):
    start, stop = bounds
    shares = Shares.of(given_weights)
    whole = listed(STREAM, 0, 300, low, shares)
    part = listed(STREAM, start, stop, low, shares)
    assert part.first == whole.ends[start]
    assert part.stop == whole.ends[stop]
    assert (part.ends + part.first == whole.ends[start : stop + 1]).all()
    assert (part.rows + start == whole.rows[part.first : part.stop]).all()


@given(weights, st.integers(0, 3))
def test_each_length_has_its_share_of_every_block(given_weights, low):
    shares = Shares.of(given_weights)
    lengths = np.diff(listed(STREAM, 0, 5 * shares.size, low, shares).ends).reshape(5, shares.size)
    for block in lengths:
        assert (np.bincount(block - low, minlength=len(shares.counts)) == shares.counts).all()
