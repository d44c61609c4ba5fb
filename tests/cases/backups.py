"""Provide the record of a backup, made without a database."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from snap_ops.backup.sealed import Backup, seal_of
from snap_restorer.dump.inventory import parse

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
    return json.dumps({**plain, "seal": seal_of(plain)})
