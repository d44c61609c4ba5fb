"""Snapshots into Postgres. What others may use is named here; importing it imports no driver."""

from restorer.embedded import Embedded, Server
from restorer.outline import Outline, TableOutline
from restorer.request import Mode, Verify
from restorer.restore import restore
from restorer.result import Conflict, RestoreResult, TableResult
from restorer.target import Target

__all__ = [
    "Conflict",
    "Embedded",
    "Mode",
    "Outline",
    "RestoreResult",
    "Server",
    "TableOutline",
    "TableResult",
    "Target",
    "Verify",
    "restore",
]
