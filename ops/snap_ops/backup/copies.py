"""Copy the backups of a repository to other places, read each copy back, and prune the copies by the same rules."""

from __future__ import annotations

import hashlib
import threading
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from snap.errors import ServiceError, SnapshotError
from snap.progress import Progress, Silent, phase
from snap_ops.backup.keeping import Keep
from snap_ops.backup.repository import Repository, open_repository, write_stream
from snap_ops.backup.retention import RECORD, kept_backups, list_backups, prune_backups
from snap_ops.backup.sealed import Backup
from snap_ops.object_store import S3Settings
from snap_restorer.pg.interrupt import require_going

if TYPE_CHECKING:
    from snap_ops.backup.encryption import AgeKeys


@dataclass(frozen=True, slots=True, kw_only=True)
class CopySettings(S3Settings):
    """One [[backup.copies]] of snap.toml: a folder or s3://BUCKET/PREFIX for second copies, and bucket options."""

    to: str

    def open(self, root: Path, seal_key: bytes, age_keys: AgeKeys | None) -> Repository:
        """Return the repository of this copy. Errors: UsageError."""
        return open_repository(self.to, root, self, seal_key, age_keys)


def make_copies(
    repository: Repository,
    copies: Sequence[Repository],
    *,
    keep: Keep,
    now: datetime,
    stop: threading.Event,
    progress: Progress | None = None,
) -> tuple[str, ...]:
    """Upload to each copy the kept backups that the copy lacks, newest first, then prune the copy.

    A copy is a second repository. Return one line for each copy that is not complete. Errors: ServiceError of the first
    repository, Interrupted.
    """
    backups, _ = list_backups(repository)
    kept = kept_backups(backups, keep, now)
    failures = []
    for copy in copies:
        try:
            there = {backup.id for backup in list_backups(copy)[0]}
            for backup in reversed(backups):
                if backup.id in kept and backup.id not in there:
                    with phase(progress or Silent(), f"upload {backup.id}"):
                        _copy(repository, backup, copy, stop)
            prune_backups(copy, keep=keep, now=now)
        except (ServiceError, SnapshotError) as error:
            failures.append(f"the copy in {copy.shown} is not complete: {error.reported}")
    return tuple(failures)


def _copy(repository: Repository, backup: Backup, copy: Repository, stop: threading.Event) -> None:
    """Copy one backup into another repository, its record last.

    Errors: SnapshotError if the bytes differ from the record.
    """
    with copy.scratch(backup.id) as path:
        write_stream(path, _verified(repository, backup, stop))
        copy.publish(path, backup.file)
    for _ in _verified(copy, backup, stop):
        pass
    copy.put(backup.id + RECORD, b"".join(repository.read(backup.id + RECORD)))


def _verified(repository: Repository, backup: Backup, stop: threading.Event) -> Iterator[bytes]:
    digest, length = hashlib.sha256(), 0
    for piece in repository.read(backup.file):
        require_going(stop)
        digest.update(piece)
        length += len(piece)
        if length > backup.bytes:
            break
        yield piece
    if (length, digest.hexdigest()) != (backup.bytes, backup.sha256):
        raise SnapshotError(f"backup {backup.id} in {repository.shown} is corrupt: its bytes are not those written")
