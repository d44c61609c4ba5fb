"""Test which options of a restore are refused before a database is connected."""

from __future__ import annotations

import re
from typing import Any

import pytest

from snap.errors import UsageError
from snap_restorer.request import Request


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"mode": "merge"}, "there is no mode 'merge'"),
        ({"verify": "rows"}, "there is no verification 'rows'"),
        (
            {"mode": "missing", "jobs": 2},
            "mode missing runs in one transaction; 2 connections are possible only in mode replace",
        ),
        ({"jobs": 0}, "jobs is 0, not a number of connections"),
        ({"lock_timeout_s": 0}, "the lock timeout is 0 s"),
        ({"lock_timeout_s": 90_000}, "the lock timeout is 90000 s"),
    ],
)
def test_what_no_restore_can_do_is_refused_by_name(options: dict[str, Any], message: str) -> None:
    with pytest.raises(UsageError, match=re.escape(message)):
        Request(**options).require_possible()


def test_every_mode_and_verification_is_possible() -> None:
    for mode in ("replace", "missing", "sync"):
        for verify in ("counts", "full", None):
            Request(mode=mode, verify=verify).require_possible()
