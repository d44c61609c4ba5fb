"""Test that a backup's record that anybody altered and sealed again is either read or refused, without other errors."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest

from snap_ops.backup.sealed import Backup
from snap_restorer.dump.inventory import document
from tests.cases.backups import EMPTY, sealed


def test_a_good_record_is_read() -> None:
    assert document(Backup.from_json(sealed({})).inventory)["schemas"] == ["app"]


@pytest.mark.parametrize(
    "changes",
    [
        {"bytes": "many"},
        {"bytes": -1},
        {"bytes": True},
        {"id": 1},
        {"db": None},
        {"version": 3},
        {"started": "2026-01-01"},
        {"held": []},
        {"held": {**EMPTY, "objects": []}},
        {"held": {**EMPTY, "rows": {"t": []}}},
    ],
    ids=str,
)
def test_a_wrongly_typed_record_is_no_record(changes: Mapping[str, Any]) -> None:
    with pytest.raises(ValueError, match="not a backup's record"):
        Backup.from_json(sealed(changes))


def test_a_deep_record_is_no_record() -> None:
    with pytest.raises(ValueError, match="not a backup's record"):
        Backup.from_json("[" * 100_000)
