"""Check that a backup belongs to the database it shall replace, and back that database up before it is replaced."""

from __future__ import annotations

import glob
import threading
from dataclasses import dataclass, replace
from datetime import datetime
from functools import cached_property

from snap.errors import SnapError, SnapshotError, TargetError
from snap.progress import Progress
from snap_ops.backup.create import StoredBackup, create_backup, verify_backup
from snap_ops.backup.dating import agreed
from snap_ops.backup.repository import Repository
from snap_ops.backup.retention import LATEST, find_backup, list_backups
from snap_ops.backup.sealed import Backup
from snap_restorer import PutBack, Target
from snap_restorer.dump.dump import DumpRequest, existing_schemas
from snap_restorer.dump.put_back import PutBackRequest, put_back
from snap_restorer.pg.identity import identity_of
from snap_restorer.pg.server_clock import server_time


@dataclass(frozen=True, kw_only=True)
class Owner:
    """A database, to find the backups that were made of it."""

    target: Target

    @cached_property
    def _identity(self) -> str | None:
        return identity_of(self.target)

    def made(self, backup: Backup) -> bool:
        """Return whether a backup was made of this database, even by another address.

        Errors: ServiceError, TargetError.
        """
        if backup.identity is not None and self._identity is not None:
            return backup.identity == self._identity
        return backup.db == self.target.redacted

    def find(self, repository: Repository, name: str, *, foreign: bool) -> Backup:
        """Return the backup with this id, or the latest of this database. With `foreign`, any database's id is allowed.

        Errors: those of find_backup; SnapshotError or TargetError if only backups of other databases match.
        """
        if name != LATEST:
            backup = find_backup(repository, name)
            if not foreign and not self.made(backup):
                raise TargetError(
                    f"backup {backup.id} was made of {backup.db}, not of {self.target.redacted}",
                    option="foreign",
                    unchanged=True,
                )
            return backup
        newest = find_backup(repository, LATEST)
        own = [backup for backup in list_backups(repository)[0] if not backup.safety and self.made(backup)]
        if not own:
            raise SnapshotError(
                f"there is no backup of {self.target.redacted} in {repository.shown}; "
                f"the newest there is {newest.id}, of {newest.db}",
                "to restore that one, name its id",
                option="foreign",
                unchanged=True,
            )
        return own[-1]


@dataclass(frozen=True, slots=True, kw_only=True)
class Replaced:
    """The result of restoring a backup. `saved` is the backup of the replaced rows, None if none was made."""

    done: PutBack
    saved: Backup | None


def replace_saved(
    repository: Repository,
    backup: Backup,
    target: Target,
    request: PutBackRequest,
    saving: DumpRequest | None,
    *,
    now: datetime,
    progress: Progress,
    stop: threading.Event | None = None,
) -> Replaced:
    """Put a database back to a backup. Unless `saving` is None, first back up the present contents of its schemas.

    Errors: SnapshotError if the backup is corrupt; those of create_backup and of put_back. After an error the
    database is unchanged.
    """
    verify_backup(repository, backup, environment=request.environment, stop=stop)
    saved = None if saving is None else save(repository, backup, target, saving, now=now, progress=progress, stop=stop)
    if saved is not None:
        progress.note(f"the data that is there now is in backup {saved.id}")
    done = put_back(target, StoredBackup(repository=repository, backup=backup), request, progress=progress, stop=stop)
    return Replaced(done=done, saved=saved)


def save(
    repository: Repository,
    backup: Backup,
    target: Target,
    saving: DumpRequest,
    *,
    now: datetime,
    progress: Progress,
    stop: threading.Event | None,
) -> Backup | None:
    """Back up the schemas that a restore of `backup` would replace. Return None if the database has none of them.

    Errors: those of create_backup.
    """
    try:
        there = [name for name in existing_schemas(target) if name in backup.inventory.schemas]
        if not there:
            return None
        now, warnings = agreed(now, server_time(target))
        for warning in warnings:
            progress.warn(warning)
        exactly = replace(saving, schemas=tuple(map(glob.escape, there)), exclude=())
        return create_backup(repository, target, exactly, now=now, safety=True, progress=progress, stop=stop)
    except SnapError as error:
        raise type(error)(
            f"the data that is there now cannot be backed up first: {error.message}",
            error.hint,
            option=error.option or "no_backup",
            unchanged=True,
            reported=f"the data that is there now cannot be backed up first: {error.reported}",
        ) from None
