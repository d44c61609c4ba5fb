"""Test sessions of a parent's rows: their sizes, and that further rows change none of them."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from snap_builder.engine.sessions import sessions
from snap_builder.engine.streams import Seeds
from tests.params import examples

STREAM = Seeds(7, "acts").stream("at")


def of(size, parent, number):
    return sessions(STREAM, size, np.asarray(parent), np.asarray(number))


@examples(20, 200)
@given(st.integers(2, 9), st.integers(0, 2**37), st.integers(1, 300), st.data())
def test_each_row_follows_the_one_before_or_begins_a_session(size, parent, count, data):
    numbers = np.arange(count)
    made = of(size, np.full(count, parent), numbers)
    begins = np.diff(made.key, prepend=made.key[0] - 1) != 0
    assert (made.place == numbers - np.maximum.accumulate(np.where(begins, numbers, 0))).all()
    assert made.place.max() <= 2 * size - 2
    chosen = data.draw(st.lists(st.integers(0, count - 1), min_size=1))
    again = of(size, np.full(len(chosen), parent), chosen)
    assert (again.key == made.key[chosen]).all()
    assert (again.place == made.place[chosen]).all()


def test_a_session_begins_once_in_every_block_of_rows():
    made = of(4, np.full(4_000, 3), np.arange(4_000))
    assert ((made.place.reshape(-1, 4) == 0).sum(axis=1)[1:] == 1).all()


def test_sessions_of_two_parents_differ():
    made = of(4, np.repeat(np.arange(500), 40), np.tile(np.arange(40), 500))
    keys = made.key.reshape(500, 40)
    assert len(np.unique(keys)) == sum(len(np.unique(each)) for each in keys)
    assert len({tuple(each) for each in made.place.reshape(500, 40).tolist()}) > 400
