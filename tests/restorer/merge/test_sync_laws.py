"""Test that --mode sync undoes exactly the edits that people made, whatever they are."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings

from snap.store import Snapshot
from snap_restorer import Target, restore
from snap_restorer.pg.guard import Guard
from snap_restorer.request import Request
from tests.cases.edits import EDITS, counts, edit, state


def differences(before: list[Any], now: list[Any]) -> dict[str, tuple[int, int, int, int]]:
    """Return, by plain Python, the changes that lead from `now` to `before`."""
    wanted = {}
    for name, ours, theirs, keyed_by in zip(("crew", "note", "log"), before, now, (1, 1, 0), strict=True):
        lacking, extra = Counter(map(repr, ours)), Counter(map(repr, theirs))
        lacking, extra = lacking - extra, extra - lacking
        updated = 0
        if keyed_by:
            old = {row[0] for row in ours if repr(row) in lacking}
            updated = len(old & {row[0] for row in theirs if repr(row) in extra})
        some = (lacking.total() - updated, updated, extra.total() - updated)
        if any(some):
            wanted[name] = (*some, len(ours) - some[0] - some[1])
    return wanted


@pytest.mark.slow
@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(edits=EDITS)
def test_it_undoes_exactly_the_edits(
    shared: tuple[Snapshot, str], edits: Sequence[tuple[str, tuple[Any, ...]]]
) -> None:
    made, url = shared
    restore(made, Target(url), Request(mode="replace", guard=Guard(yes=True)))
    before = state(url)
    edit(url, edits)
    wanted = differences(before, state(url))
    assert counts(restore(made, Target(url), Request(mode="sync"))) == wanted
    assert state(url) == before
