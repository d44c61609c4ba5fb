"""Snapshots into Postgres. What others may use is named here; importing it imports no driver."""

from restorer.clone import clone_into
from restorer.embedded import Embedded, Server
from restorer.handout import clone, cloned, drop
from restorer.outline import Outline, TableOutline
from restorer.put_back import PutBack
from restorer.request import Mode, Verify
from restorer.restore import restore
from restorer.result import Conflict, Effects, RestoreResult, TableResult
from restorer.target import Target

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
