"""Prove a backup: put it back into a scratch database, compare that with the backup's record, and drop the database."""

from __future__ import annotations

import os
import threading
from contextlib import AbstractContextManager
from dataclasses import replace

from snap.progress import Progress, Silent
from snap_ops.backup.create import StoredBackup, verify_backup
from snap_ops.backup.repository import Repository
from snap_ops.backup.sealed import Backup
from snap_restorer import Target
from snap_restorer.clones.scratch_database import scratch_database, scratch_server
from snap_restorer.dump.inventory import Inventory
from snap_restorer.dump.put_back import PutBack, PutBackRequest, put_back
from snap_restorer.pg.guard import Guard


def drill(
    repository: Repository,
    backup: Backup,
    server: Target | None,
    request: PutBackRequest,
    *,
    progress: Progress | None = None,
    stop: threading.Event | None = None,
) -> PutBack:
    """Restore a backup into a scratch database, on `server` or on a temporary embedded server.

    The scratch database and the temporary server are removed afterwards. Objects outside the backup's schemas that
    depend on them are not created, because a scratch database lacks the rest. Errors: SnapshotError if the backup is
    corrupt; those of put_back, of scratch_database and of scratch_server.
    """
    stop = stop or threading.Event()
    verify_backup(repository, backup, environment=request.environment, stop=stop)
    alone = replace(backup, inventory=replace(backup.inventory, outside=()))
    stored = StoredBackup(repository=repository, backup=alone)
    with _place(backup, server, request) as target:
        return put_back(
            target, stored, replace(request, guard=Guard(yes=True)), progress=_Quiet(progress or Silent()), stop=stop
        )


def _place(backup: Backup, server: Target | None, request: PutBackRequest) -> AbstractContextManager[Target]:
    if server is not None:
        return scratch_database(server)
    return scratch_server(
        os.environ if request.environment is None else request.environment,
        major=backup.server // 10_000,
        roles=roles(backup.inventory),
        extensions={extension.name: extension.schema for extension in backup.inventory.extensions},
    )


def roles(inventory: Inventory) -> frozenset[str]:
    """Return the roles that own an object of a backup, grant a privilege on one or hold one. Pure."""
    names = {right.owner for right in inventory.rights} | {item.owner for item in inventory.large_objects}
    sets = [right.privileges for right in inventory.rights] + [item.privileges for item in inventory.large_objects]
    sets += [default.privileges for default in inventory.defaults]
    parties = {name for each in frozenset().union(*sets) for name in (each.grantor, each.grantee)}
    return frozenset(names | {name for name in parties if name is not None})


class _Quiet(Silent):
    """A Progress that drops notes and warnings, because these speak about a temporary database."""

    def __init__(self, progress: Progress) -> None:
        self._progress = progress

    def start(self, name: str, total: int) -> None:
        self._progress.start(name, total)

    def advance(self, name: str, amount: int) -> None:
        self._progress.advance(name, amount)
