"""Test that the comments of databases that snap makes are recognised."""

from __future__ import annotations

import pytest

from snap_restorer.clones import handout, template
from snap_restorer.pg import marks


@pytest.mark.parametrize(
    ("comment", "mark"),
    [
        (f"{template._READY}v1", "snap template"),
        (f"{handout.MARK}v1", "snap copy for tests"),
        (f"{marks.CLONE}, unfinished: will be app", "snap clone"),
        ("snapdragons", ""),
        (None, ""),
    ],
)
def test_a_comment_is_recognised_by_its_beginning(comment: str | None, mark: str) -> None:
    assert marks.mark_of(comment) == mark
