"""A record of a backup that anybody sealed anew is read, or is no record: nothing else."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

import pytest

from snap_ops.backup.sealed import Backup, _seal
from snap_restorer.dump.inventory import document, parse

EMPTY = {"layout": 1, "schemas": ["app"], "comments": [], "objects": {}, "outside": [], "rows": {}, "rights": []}


def sealed(changes: Mapping[str, Any]) -> str:
    lists: dict[str, Any] = {"defaults": [], "extensions": [], "large_objects": []}
    backup = Backup(
        id="b", started=datetime(2026, 1, 1, tzinfo=UTC), bytes=1, sha256="a", dumped_bytes=1, dumped_sha256="a",
        db="postgresql:///a", server=180000, client=18, version=None, digest=None, snap_version="1",
        inventory=parse({**EMPTY, **lists}),
    )  # fmt: skip
    plain = json.loads(backup.to_json())
    del plain["seal"]
    plain.update(changes)
    return json.dumps({**plain, "seal": _seal(plain)})


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
