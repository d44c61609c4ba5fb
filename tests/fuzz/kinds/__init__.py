"""The kinds of input, by name."""

from __future__ import annotations

from collections.abc import Callable

from tests.fuzz.kinds.backups import Backups
from tests.fuzz.kinds.journals import Journals
from tests.fuzz.kinds.kind import Kind
from tests.fuzz.kinds.ledger import Ledger, Nights
from tests.fuzz.kinds.manifests import RawManifest, SealedManifest
from tests.fuzz.kinds.parquet import Parquet
from tests.fuzz.kinds.settings import Settings
from tests.fuzz.kinds.shares import Shares

__all__ = ["KINDS", "Kind"]
_KINDS: tuple[Callable[[], Kind], ...] = (
    *(RawManifest, SealedManifest, Parquet, Settings, Backups, Ledger, Nights, Journals, Shares),
)
KINDS = {kind().name: kind for kind in _KINDS}
