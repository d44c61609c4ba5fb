"""Snapshots into Postgres. What others may use is named here; importing it imports no driver.

A restore of staging volumes is mostly start-up, so what most restores do not need is imported when it is asked for.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

from restorer.outline import Outline, TableOutline
from restorer.put_back import PutBack
from restorer.request import Mode, Verify
from restorer.restore import restore
from restorer.result import Conflict, Effects, RestoreResult, TableResult
from restorer.target import Target

if TYPE_CHECKING:
    from restorer.cloning import clone_into
    from restorer.embedded import Embedded, Server
    from restorer.handout import clone, cloned, drop

_LATER = {
    "Embedded": "embedded",
    "Server": "embedded",
    "clone": "handout",
    "clone_into": "cloning",
    "cloned": "handout",
    "drop": "handout",
}
__all__ = [
    "Conflict",
    "Effects",
    "Embedded",
    "Mode",
    "Outline",
    "PutBack",
    "RestoreResult",
    "Server",
    "TableOutline",
    "TableResult",
    "Target",
    "Verify",
    "clone",
    "clone_into",
    "cloned",
    "drop",
    "restore",
]


def __getattr__(name: str) -> Any:
    if name not in _LATER:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    found = getattr(import_module(f"{__name__}.{_LATER[name]}"), name)
    globals()[name] = found
    return found
