"""Test finding the short byte strings that only one of two sides has."""

from __future__ import annotations

from collections import Counter

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from snap_restorer.merge import multisets
from snap_restorer.merge.multisets import Multiset, alone, pairs, partners


def block(values: list[bytes], width: int) -> np.ndarray:
    return np.frombuffer(b"".join(values), np.uint8).reshape(len(values), width)


SIDES = st.sampled_from([1, 3, 8, 20]).flatmap(
    lambda width: st.tuples(
        st.just(width),
        *[st.lists(st.one_of(st.binary(min_size=width, max_size=width), st.just(bytes(width))), max_size=30)] * 2,
    )
)


@given(SIDES)
def test_partners_are_equal_and_used_once_and_what_is_alone_is_the_difference(sides) -> None:
    width, ours, theirs = sides
    found = partners(block(ours, width), block(theirs, width))
    used = found[found >= 0].tolist()
    assert len(set(used)) == len(used)
    assert all(ours[i] == theirs[j] for i, j in enumerate(found.tolist()) if j >= 0)
    assert Counter(ours[i] for i in np.flatnonzero(found < 0)) == Counter(ours) - Counter(theirs)
    assert Counter(theirs[j] for j in np.flatnonzero(alone(found, len(theirs)))) == Counter(theirs) - Counter(ours)


@pytest.mark.slow
@given(SIDES, st.sampled_from([0, 40, 200]))
def test_what_exceeds_the_limit_is_compared_by_buckets(sides, limit: int) -> None:
    width, ours, theirs = sides
    piles = []
    for values, bound in ((ours, limit), (theirs, 1 << 20)):
        pile = Multiset(width, width, limit=bound)
        for start in range(0, len(values), 7):
            some = values[start : start + 7]
            pile.add(block(some, width), np.arange(start, start + len(some)))
        piles.append(pile)
    lacking, extra = [], []
    for mine, their in pairs(*piles):
        found = partners(mine.data, their.data)
        lacking += mine.tags[found < 0].tolist()
        extra += their.tags[alone(found, len(their.tags))].tolist()
    for pile in piles:
        pile.close()
    assert Counter(ours[i] for i in lacking) == Counter(ours) - Counter(theirs)
    assert Counter(theirs[i] for i in extra) == Counter(theirs) - Counter(ours)


def test_unequal_rows_of_equal_mixes_are_told_apart() -> None:
    def folded(word: int, salt: int) -> int:
        return int(multisets.mixes(block([word.to_bytes(8, "little")], 8), salt)[0])

    # The second word undoes what the first one did, so that both rows mix to the same number.
    rows = [(7).to_bytes(8, "little") + folded(7, 1).to_bytes(8, "little")]
    rows += [(9).to_bytes(8, "little") + folded(9, 1).to_bytes(8, "little")]
    data = block(rows, 16)
    assert len(set(multisets.mixes(data, 1).tolist())) == 1
    assert partners(data, data[::-1].copy()).tolist() == [1, 0]
    assert partners(data[:1], data[1:]).tolist() == [-1]
