"""List the backups of a repository, find one by its name, and remove or prune them.

    20261123T030000Z-1a2b3c4d5e6f.dump.zst   pg_dump's custom format, compressed by zstandard; .age if encrypted
    20261123T030000Z-1a2b3c4d5e6f.json       its record; written last: without it there is no backup

The name is the UTC time and the start of the SHA-256 of the first file. A file that lacks its fellow, or is not whole,
was left by a run that died; pruning removes it after a day. Files with other names are never touched.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from snap.errors import SnapshotError, UsageError
from snap_ops.backup.keeping import Keep, counted_from
from snap_ops.backup.repository import PARTIAL, Repository
from snap_ops.backup.sealed import DUMP, ENCRYPTED, Backup, RecordError

LATEST = "latest"
RECORD = ".json"
STAMP = "%Y%m%dT%H%M%SZ"
_NAME = re.compile(
    r"\.?(?P<id>(?P<stamp>\d{8}T\d{6}Z)(?:-[0-9a-f]{12})?)(?P<end>\.dump\.zst(?:\.age)?|\.json)?(?:\.[A-Za-z0-9_]+\.partial)?"
)
_MOST_RECORD = 64 << 20  # the most bytes of a record, which has some 200 for each object of the database
_LEFTOVER = timedelta(days=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Pruned:
    """The ids of the removed backups, and the names of removed leftovers. `kept` is the number of backups that stay."""

    removed: tuple[str, ...]
    kept: int


def list_backups(repository: Repository) -> tuple[tuple[Backup, ...], tuple[str, ...]]:
    """Return the backups, oldest first, and the names of unreadable records. Errors: ServiceError."""
    sizes = repository.sizes()
    backups, unreadable = [], []
    for name in sorted(sizes):
        match = _NAME.fullmatch(name)
        files = () if match is None else _files(match["id"])
        if match is None or name != match["id"] + RECORD or not any(file in sizes for file in files):
            continue
        try:
            backups.append(_read(repository, name, sizes))
        except ValueError:
            unreadable.append(name)
    return tuple(sorted(backups, key=lambda backup: (backup.started, backup.id))), tuple(unreadable)


def explain(repository: Repository, name: str) -> str:
    """Return why the record of a backup cannot be read. Errors: ServiceError."""
    try:
        _read(repository, name, repository.sizes())
    except ValueError as error:
        return f"{name}: {error}"
    return f"{name}: it has changed just now"


def find_backup(repository: Repository, name: str) -> Backup:
    """Return the backup with this id, or with an id that begins so, or the `latest` one that is no safety backup.

    Errors: SnapshotError, UsageError.
    """
    backups, unreadable = list_backups(repository)
    refused = [record for record in unreadable if name and (name == LATEST or record.startswith(name))]
    if refused and not any(backup.id.startswith(name) or name == LATEST for backup in backups):
        raise SnapshotError(
            f"the backup cannot be put back: {explain(repository, refused[-1])}",
            "see: snap backup list; a backup from before seal_key is read once seal_key is left out of [backup]",
        )
    if not backups:
        raise SnapshotError(f"there is no backup in {repository.shown}", "make one: snap backup")
    if name == LATEST:
        return next((backup for backup in reversed(backups) if not backup.safety), backups[-1])
    fitting = [backup for backup in backups if name and backup.id.startswith(name)]
    if not fitting:
        raise SnapshotError(f"there is no backup {name!r} in {repository.shown}", "see: snap backup list")
    if len(fitting) > 1:
        raise UsageError(f"{name!r} is the beginning of {len(fitting)} backups", "write more of the id, or latest")
    return fitting[0]


def _files(name: str) -> tuple[str, str]:
    """Return the possible file names of a backup's dump."""
    return name + DUMP, name + DUMP + ENCRYPTED


def _read(repository: Repository, name: str, sizes: Mapping[str, int]) -> Backup:
    """Read the record of a backup. Errors: ValueError that says why the file is no such record."""
    text = bytearray()
    for piece in repository.read(name):
        text += piece
        if len(text) > _MOST_RECORD:
            raise RecordError("it is larger than a record")
    backup = Backup.from_json(text.decode(), repository.seal_key)
    if backup.id + RECORD != name or backup.bytes != sizes.get(backup.file):
        raise RecordError("it is the record of another file")
    return backup


def prune_backups(repository: Repository, *, keep: Keep, now: datetime) -> Pruned:
    """Remove the backups of each database that `keep` does not keep, and files that dead runs left over a day ago.

    Errors: ServiceError; the files removed before it stay removed.
    """
    backups, broken = list_backups(repository)
    stay = kept_backups(backups, keep, now)
    expired = [backup for backup in backups if backup.id not in stay]
    removed = [backup.id for backup in expired]
    kept = len(backups) - len(removed)
    for backup in expired:
        remove_backup(repository, backup)
    good = {backup.id for backup in backups}
    unreadable = {name.removesuffix(RECORD) for name in broken}
    dated = [_started(match["stamp"]) for name in good | unreadable if (match := _NAME.fullmatch(name))]
    old = counted_from(sorted(dated, reverse=True), now) - timedelta(days=keep.within_days)
    for name in sorted(repository.sizes()):
        match = _NAME.fullmatch(name)
        partial = name.endswith(PARTIAL)
        if match is None or not (match["end"] or partial) or (match["id"] in good and not partial):
            continue
        # A backup with an unreadable record may still be saved by hand, so it is kept as long as other backups.
        limit = old if match["id"] in unreadable else now - _LEFTOVER
        if _started(match["stamp"]) < limit:
            repository.remove(name)
            removed.append(name)
    return Pruned(removed=tuple(removed), kept=kept)


def remove_backup(repository: Repository, backup: Backup) -> None:
    """Remove one backup. Errors: ServiceError."""
    # Remove the record first, so that no listed backup ever lacks its dump.
    repository.remove(backup.id + RECORD)
    repository.remove(backup.file)


def kept_backups(backups: Sequence[Backup], keep: Keep, now: datetime) -> frozenset[str]:
    """Return the ids of the backups to keep. Each database counts separately, and so do safety backups. Pure."""
    known = {backup.db: backup.identity for backup in backups if backup.identity is not None}
    groups: dict[tuple[str, bool], list[Backup]] = {}
    for backup in backups:
        database = backup.identity or known.get(backup.db, backup.db)
        groups.setdefault((database, backup.safety), []).append(backup)
    return frozenset(
        group[place].id
        for group in groups.values()
        for place in keep.kept([backup.started.astimezone(UTC) for backup in group], now)
    )


def _started(stamp: str) -> datetime:
    try:
        return datetime.strptime(stamp, STAMP).replace(tzinfo=UTC)
    except ValueError:
        return datetime.max.replace(tzinfo=UTC)  # no valid time, so not a backup's name
