"""Snapshots into Postgres. What others may use is named here; importing it imports no driver."""

from restorer.clone import clone_into
from restorer.embedded import Embedded, Server
from restorer.handout import clone, cloned, drop
from restorer.restore import Conflict, Mode, RestoreResult, TableResult, Verify, restore
from restorer.target import Target

__all__ = [
    "Conflict",
    "Embedded",
    "Mode",
    "RestoreResult",
    "Server",
    "TableResult",
    "Target",
    "Verify",
    "clone",
    "clone_into",
    "cloned",
    "drop",
    "restore",
]
