"""Snapshots into Postgres. What others may use is named here; importing it imports no driver.

load/        mode replace: the plan, the COPY encoder, what gives way and comes back
merge/       modes missing and sync: only what differs
clones/      whole databases as copies of templates
live/        a live database read, for diff and capture
backup/      dumps of schemas, put back and proved
migrations/  schemas emptied, and migrations
local/       programs of Postgres on this machine
sql/         static SQL, by name

What all of them stand on lies beside them: target, session, guard, ledger, catalogs.

A restore of staging volumes is mostly start-up, so what most restores do not need is imported when it is asked for.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

from restorer.backup.put_back import PutBack
from restorer.load.outline import Outline, TableOutline
from restorer.request import Mode, Verify
from restorer.restore import restore
from restorer.result import Conflict, Effects, RestoreResult, TableResult
from restorer.target import Target

if TYPE_CHECKING:
    from restorer.clones.cloning import clone_into
    from restorer.clones.handout import clone, cloned, drop
    from restorer.local.embedded import Embedded, Server

_LATER = {
    "Embedded": "local.embedded",
    "Server": "local.embedded",
    "clone": "clones.handout",
    "clone_into": "clones.cloning",
    "cloned": "clones.handout",
    "drop": "clones.handout",
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
