"""The record of one backup, and its JSON, sealed by the SHA-256 of its canonical form. Pure."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from snap_restorer.dump.inventory import Inventory, document
from snap_restorer.dump.inventory import parse as parse_inventory

_LAYOUT = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Backup:
    """One backup. `bytes` and `sha256` are the stored file's, `dumped_…` pg_dump's; `db` holds no password.

    `server` is 180006, `client` pg_dump's major version; `version` and `digest` are the ledger's last.
    """

    id: str
    started: datetime
    bytes: int
    sha256: str
    dumped_bytes: int
    dumped_sha256: str
    db: str
    server: int
    client: int
    version: str | None
    digest: str | None
    snap_version: str
    inventory: Inventory

    def to_json(self) -> str:
        """Return the record as sealed JSON."""
        plain = {
            "layout": _LAYOUT,
            **{name: getattr(self, name) for name in _PLAIN},
            "started": self.started.isoformat(),
            "held": document(self.inventory),
        }
        return json.dumps({**plain, "seal": _seal(plain)}, indent=1, ensure_ascii=False) + "\n"

    @classmethod
    def from_json(cls, text: str) -> Backup:
        """Read a record. Errors: ValueError, KeyError or TypeError for anything else, and for a changed record."""
        plain = json.loads(text)
        if not isinstance(plain, dict) or plain.pop("seal") != _seal(plain) or plain["layout"] != _LAYOUT:
            raise ValueError("not a backup's record")
        return cls(
            **{name: plain[name] for name in _PLAIN},
            started=datetime.fromisoformat(plain["started"]),
            inventory=parse_inventory(plain["held"]),
        )


_PLAIN = (
    *("id", "bytes", "sha256", "dumped_bytes", "dumped_sha256", "db", "server", "client", "version", "digest"),
    "snap_version",
)


def _seal(plain: Mapping[str, Any]) -> str:
    return hashlib.sha256(json.dumps(plain, sort_keys=True).encode()).hexdigest()
