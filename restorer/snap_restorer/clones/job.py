"""One clone under way: the snapshot, the database that it replaces, and the names of the databases that it makes."""

from __future__ import annotations

from dataclasses import dataclass

from snap.manifest import Manifest
from snap.progress import Progress
from snap.store import Snapshot
from snap_restorer.clones import databases
from snap_restorer.pg.target import Target
from snap_restorer.request import Request

MARK = "snap clone"  # begins the comment of every database that a clone makes


@dataclass(frozen=True, slots=True, kw_only=True)
class CloneJob:
    """A clone that was asked for. `name` is the database to replace."""

    snapshot: Snapshot
    target: Target
    name: str
    request: Request
    progress: Progress

    @property
    def manifest(self) -> Manifest:
        return self.snapshot.manifest

    @property
    def copy(self) -> str:
        """The name of the copy before the swap."""
        return f"snap_new_{databases.digest(self.name)}"

    @property
    def aside(self) -> str:
        """The name of the replaced database after the swap."""
        return f"snap_old_{databases.digest(self.name)}"
