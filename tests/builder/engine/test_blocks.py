"""Test blocks: every slot appears once, in the block's own order, whatever range is asked for."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from snap_builder.engine.blocks import SIZE, Shares, cuts, nested, scattered, settled, slots
from snap_builder.engine.streams import Seeds

SEEDS = Seeds(7, "people")
ranges = st.tuples(st.integers(0, 500), st.integers(0, 500)).map(sorted)


@given(st.integers(0, 300), st.integers(1, 90), st.sets(st.integers(1, 400)))
def test_cuts_are_end_to_end_and_no_block_is_in_two_of_them(rows, most, later):
    begins = np.array([0, *sorted(later)])
    made = list(cuts(rows, most, begins))
    stops = [stop for _, stop in made]
    assert [start for start, _ in made] == [0, *stops][: len(made)]
    assert stops[-1:] == [rows][: len(made)]
    assert {*stops[:-1]} <= later
    for start, stop in made:
        blocks = ((begins >= start) & (begins < stop)).sum()
        assert stop - start <= most or blocks == 1


@given(st.integers(0, 300), st.integers(1, 90))
def test_cuts_without_blocks_are_as_large_as_they_may_be(rows, most):
    made = list(cuts(rows, most, np.empty(0, np.int64)))
    assert made == [(start, min(start + most, rows)) for start in range(0, rows, most)]


@given(st.integers(1, 40), ranges)
def test_any_range_has_the_slots_of_the_whole(size, bounds):
    start, stop = bounds
    stream = SEEDS.stream("kind")
    assert (slots(stream, start, stop, size) == slots(stream, 0, 500, size)[start:stop]).all()


@given(st.integers(1, 40))
def test_a_block_has_every_slot_once(size):
    made = slots(SEEDS.stream("kind"), 0, 30 * size, size).reshape(30, size)
    assert (np.sort(made, axis=1) == np.arange(size)).all()


def test_blocks_differ_in_their_order():
    made = slots(SEEDS.stream("kind"), 0, 1000, 20).reshape(50, 20)
    assert len({tuple(block) for block in made.tolist()}) == 50


@given(st.lists(st.integers(0, 30), min_size=1, max_size=5).filter(any))
def test_shares_are_whole_in_the_least_block(weights):
    shares = Shares.of(weights)
    chosen = shares.choose(SEEDS.stream("plan"), 0, 3 * shares.size).reshape(3, -1)
    for block in chosen:
        counts = np.bincount(block, minlength=len(weights))
        assert (counts * sum(weights) == np.array(weights) * shares.size).all()
    assert np.gcd.reduce(shares.counts) == 1


@given(ranges)
def test_nested_blocks_of_a_range_are_those_of_the_whole(bounds):
    start, stop = bounds
    part, whole = nested(SEEDS, "weight", start, stop), nested(SEEDS, "weight", 0, 500)
    assert (part.level == whole.level[start:stop]).all()
    assert (part.slot == whole.slot[start:stop]).all()


def test_one_row_of_each_block_stands_a_level_higher():
    level = nested(SEEDS, "weight", 0, SIZE**3).level
    assert [(level >= number).sum() for number in range(4)] == [SIZE**3, SIZE**2, SIZE, 1]


@given(st.lists(st.integers(0, 3), min_size=1, max_size=60), st.integers(1, 4), st.integers(0, 60))
def test_rows_that_have_to_be_of_a_share_are_made_up_for_by_later_blocks(few, each, blocks):
    shares, stream = Shares((5 - each, each)), SEEDS.stream("none")
    forced = np.zeros((len(few), 5), np.bool_)
    for block, count in enumerate(few):
        forced[block, :count] = True
    chosen = settled(forced.reshape(-1), shares, stream)
    assert chosen[forced.reshape(-1)].all()
    total, due, must = (np.cumsum(x) for x in (chosen.reshape(-1, 5).sum(axis=1), np.full(len(few), each), few))
    assert (total >= due).all()
    # The share is passed by no more than what had to be.
    assert total[-1] == max([int(must[-1]), *(due + must[-1] - must).tolist()])
    again = settled(forced[:blocks].reshape(-1), shares, stream)
    assert (again == chosen[: len(again)]).all()


@given(st.integers(0, 5))
def test_without_rows_that_have_to_be_a_share_is_as_ever(taken):
    shares, stream = Shares((5 - taken, taken)), SEEDS.stream("none")
    assert (settled(np.zeros(100, np.bool_), shares, stream) == (shares.choose(stream, 0, 100) == 1)).all()


def test_words_give_slots_and_levels_as_often_as_blocks_do():
    seeds = Seeds(3, "acts")
    by_chance, in_blocks = scattered(seeds.bits("at", 0, 65_536)), nested(seeds, "at", 0, 65_536)
    for level, slot in ((0, 0), (0, 14), (1, 3), (1, 14), (2, 7)):
        expected = int(((in_blocks.level == level) & (in_blocks.slot == slot)).sum())
        drawn = int(((by_chance.level == level) & (by_chance.slot == slot)).sum())
        assert abs(drawn - expected) <= 5 * expected**0.5
    assert not ((by_chance.level < 6) & (by_chance.slot == 15)).any()
