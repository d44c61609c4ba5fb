"""Test streams: the same words for every range, on every machine and with every NumPy."""

import uuid

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from snap_builder.engine.streams import Seeds, Weights, below, chance, uuids

SEEDS = Seeds(20_250_624, "users")


def _philox(counter: int, key: tuple[int, int]) -> list[int]:
    """Return Philox-4x64-10 as defined in its paper (Salmon et al., 2011)."""
    mask = (1 << 64) - 1
    words, (k0, k1) = [counter & mask, counter >> 64 & mask, 0, 0], key
    for _ in range(10):
        high0, low0 = divmod(words[0] * 0xD2E7470EE14C6C93, 1 << 64)
        high1, low1 = divmod(words[2] * 0xCA5A826395121157, 1 << 64)
        words = [high1 ^ words[1] ^ k0, low1, high0 ^ words[3] ^ k1, low0]
        k0, k1 = (k0 + 0x9E3779B97F4A7C15) & mask, (k1 + 0xBB67AE8584CAA73B) & mask
    return words


def test_words_are_philox_of_the_row_number():
    stream = SEEDS.stream("place")
    expected = [word for block in range(1, 4) for word in _philox(block, stream.key)]
    assert stream.bits(0, 12).tolist() == expected


def test_words_are_what_they_were_when_the_first_snapshot_was_published():
    assert SEEDS.stream("place").bits(0, 2).tolist() == [11192570899128721233, 3600990676140386144]


@given(st.integers(0, 10_000), st.integers(0, 50), st.integers(0, 50), st.integers(1, 5))
def test_any_split_gives_the_same_words(start, first, second, width):
    stream = SEEDS.stream("place")
    whole = stream.wide(start, start + first + second, width)
    left = stream.wide(start, start + first, width)
    right = stream.wide(start + first, start + first + second, width)
    assert np.array_equal(whole, np.concatenate([left, right]))


def test_streams_differ_by_seed_table_and_column():
    keys = {Seeds(s, t).stream(c).key for s in (1, 2) for t in ("a", "b") for c in ("x", "y")}
    assert len(keys) == 8


@given(st.integers(1, 2**31))
def test_below_stays_below_and_reaches_both_ends(bound):
    words = np.array([0, 2**64 - 1], np.uint64)
    assert below(words, bound).tolist() == [0, bound - 1]


def test_below_is_even():
    counts = np.bincount(below(SEEDS.bits("x", 0, 70_000), 7), minlength=7)
    assert counts.min() > 9_600
    assert counts.max() < 10_400


def test_weights_choose_in_proportion_and_never_what_weighs_nothing():
    chosen = np.bincount(Weights([1, 0, 3]).choose(SEEDS.bits("x", 0, 40_000)), minlength=3)
    assert chosen[1] == 0
    assert chosen[2] / chosen[0] == pytest.approx(3, rel=0.05)


def test_chance_is_a_percentage():
    assert chance(SEEDS.bits("x", 0, 100_000), 30).mean() == pytest.approx(0.3, abs=0.01)


@given(st.integers(0, 1000), st.integers(0, 20), st.integers(0, 20))
def test_uuids_are_version_4_distinct_and_independent_of_the_split(start, first, second):
    whole = uuids(SEEDS.stream("id"), start, start + first + second)
    left = uuids(SEEDS.stream("id"), start, start + first)
    assert np.array_equal(whole[:first], left)
    keys = [uuid.UUID(bytes=row.tobytes()) for row in whole]
    assert len(set(keys)) == len(keys)
    assert all(key.version == 4 and key.variant == uuid.RFC_4122 for key in keys)
