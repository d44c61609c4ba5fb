"""Test that a table's digest depends only on its rows, not on their order or on how many are hashed at a time."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from snap import digest
from snap.digest import TableDigest
from tests.cases.toy import CREW, crew

ROWS = 40


def of(*batches) -> tuple[int, str]:
    total = TableDigest(CREW)
    for batch in batches:
        total.update(batch)
    return total.rows, total.hexdigest()


@pytest.mark.slow
@given(st.sets(st.integers(0, ROWS)), st.integers(1, 5_000), st.randoms(use_true_random=False))
def test_cuts_and_their_order_change_nothing(cuts, size, random):
    rows, whole = crew(ROWS), of(crew(ROWS))
    pieces = [rows.slice(start, stop - start) for start, stop in pairwise(sorted({0, ROWS, *cuts}))]
    random.shuffle(pieces)
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(digest, "_BYTES", size)
        assert of(*pieces) == whole


def test_another_row_or_one_more_is_another_digest():
    rows = crew(ROWS)
    assert len({of(rows)[1], of(rows.slice(1))[1], of(rows, rows.slice(0, 1))[1]}) == 3


def test_no_rows_have_a_digest():
    assert of() == of(crew(0)) == (0, TableDigest(CREW).hexdigest())
