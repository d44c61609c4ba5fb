"""Snapshots into Postgres. What others may use is named here; importing it imports no driver."""

from restorer.embedded import Embedded, Server
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
    "restore",
]
