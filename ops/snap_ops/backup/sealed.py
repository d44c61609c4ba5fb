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
        """Read a record. Errors: ValueError for anything else, and for a changed record."""
        try:
            plain = json.loads(text)
            if plain.pop("seal") != _seal(plain) or plain["layout"] != _LAYOUT:
                raise ValueError("the seal is another's")
            started = datetime.fromisoformat(plain["started"])
            if started.tzinfo is None:
                raise ValueError("the start has no time zone")
            return cls(
                **{name: _typed(plain[name], kinds) for name, kinds in _PLAIN.items()},
                started=started,
                inventory=parse_inventory(plain["held"]),
            )
        except (ValueError, KeyError, TypeError, AttributeError, IndexError, RecursionError) as error:
            raise ValueError(f"not a backup's record: {type(error).__name__}") from None


_PLAIN: Mapping[str, tuple[type, ...]] = {
    "id": (str,),
    "bytes": (int,),
    "sha256": (str,),
    "dumped_bytes": (int,),
    "dumped_sha256": (str,),
    "db": (str,),
    "server": (int,),
    "client": (int,),
    "version": (str, type(None)),
    "digest": (str, type(None)),
    "snap_version": (str,),
}


def _typed(value: Any, kinds: tuple[type, ...]) -> Any:
    """Return `value`, which is of one of these types and, as a number, not negative. Errors: ValueError."""
    if type(value) not in kinds or (isinstance(value, int) and value < 0):
        raise ValueError(f"{type(value).__name__} where {kinds[0].__name__} should be")
    return value


def _seal(plain: Mapping[str, Any]) -> str:
    return hashlib.sha256(json.dumps(plain, sort_keys=True).encode()).hexdigest()
