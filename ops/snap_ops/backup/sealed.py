"""The record of one backup as JSON, sealed by the SHA-256 of its canonical form, or by an HMAC of it. Pure.

A SHA-256 shows that a record was damaged. Only an HMAC, which needs the key, shows that somebody else wrote it.
"""

from __future__ import annotations

import hashlib
import hmac
import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, TypeAlias

from snap_restorer.dump.inventory import Inventory, document
from snap_restorer.dump.inventory import parse as parse_inventory

SealKey: TypeAlias = bytes  # empty if there is no key

DUMP, ENCRYPTED = ".dump.zst", ".age"
_LAYOUT = 1
_KEYED = "hmac-sha256:"


class RecordError(ValueError):
    """Raised for a file that is not a valid record of a backup."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Backup:
    """One backup. `bytes` and `sha256` are those of the stored file, `dumped_…` those of pg_dump's output.

    `db` holds no password. `server` is the server's version number, such as 180006, and `client` is pg_dump's major
    version. `version` and `digest` are the ledger's last. `identity` tells the database from others; older records lack
    it. `encrypted_for` is the public key of age that the file was encrypted for. `safety`: the backup was made before
    the database was put back to another backup, so it is never the latest.
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
    identity: str | None = None
    encrypted_for: str | None = None
    safety: bool = False

    @property
    def file(self) -> str:
        """Return the name of the dump's file."""
        return f"{self.id}{DUMP}{ENCRYPTED if self.encrypted_for else ''}"

    def to_json(self, key: SealKey = b"") -> str:
        """Return the record as JSON, sealed with `key` if there is one."""
        plain = {
            "layout": _LAYOUT,
            **{name: getattr(self, name) for name in _PLAIN},
            "started": self.started.isoformat(),
            "identity": self.identity,
            "encrypted_for": self.encrypted_for,
            "held": document(self.inventory),
            **({"safety": True} if self.safety else {}),
        }
        return json.dumps({**plain, "seal": seal_of(plain, key)}, indent=1, ensure_ascii=False) + "\n"

    @classmethod
    def from_json(cls, text: str, key: SealKey = b"") -> Backup:
        """Read a record that is sealed with `key`, or without a key. Errors: RecordError for anything else."""
        try:
            plain = json.loads(text)
            require_sealed(plain, plain.pop("seal"), key)
            if plain["layout"] != _LAYOUT:
                raise ValueError("the layout is another version's")
            started = datetime.fromisoformat(plain["started"])
            if started.tzinfo is None:
                raise ValueError("the start has no time zone")
            return cls(
                **{name: _typed(plain[name], kinds) for name, kinds in _PLAIN.items()},
                started=started,
                inventory=parse_inventory(plain["held"]),
                identity=_typed(plain.get("identity"), (str, type(None))),
                encrypted_for=_typed(plain.get("encrypted_for"), (str, type(None))),
                safety=_typed(plain.get("safety", False), (bool,)),
            )
        except RecordError:
            raise
        except (ValueError, KeyError, TypeError, AttributeError, IndexError, RecursionError) as error:
            raise RecordError(f"not a backup's record: {type(error).__name__}") from None


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
    """Return `value` if it has one of these types and is not a negative number. Errors: ValueError."""
    if type(value) not in kinds or (isinstance(value, int) and value < 0):
        raise ValueError(f"{type(value).__name__} where {kinds[0].__name__} should be")
    return value


def require_sealed(plain: Mapping[str, Any], seal: str, key: SealKey) -> None:
    """Raise RecordError unless `seal` is the seal that `key` gives this record."""
    keyed = seal.startswith(_KEYED)
    if keyed and not key:
        raise RecordError("it is sealed with a key, and seal_key in [backup] names none")
    if key and not keyed:
        raise RecordError("it is sealed without a key, so anybody who may write there may have made it")
    if not hmac.compare_digest(seal, seal_of(plain, key)):
        raise RecordError("it is sealed with another key, or was changed" if key else "it was changed")


def seal_of(plain: Mapping[str, Any], key: SealKey = b"") -> str:
    text = json.dumps(plain, sort_keys=True).encode()
    return _KEYED + hmac.digest(key, text, "sha256").hex() if key else hashlib.sha256(text).hexdigest()
