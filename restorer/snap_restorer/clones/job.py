"""One clone in progress: the snapshot, the database that it replaces, and the names of the databases that it makes."""

from __future__ import annotations

from dataclasses import dataclass

from snap_restorer.clones import databases
from snap_restorer.restore_job import RestoreJob


@dataclass(frozen=True, slots=True, kw_only=True)
class CloneJob(RestoreJob):
    """A requested clone. `name` is the database to replace."""

    name: str

    @property
    def copy(self) -> str:
        """Return the name of the copy before the swap."""
        return f"snap_new_{databases.digest(self.name)}"

    @property
    def aside(self) -> str:
        """Return the name of the replaced database after the swap."""
        return f"snap_old_{databases.digest(self.name)}"
