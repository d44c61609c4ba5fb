"""Backups of a database in a repository: made, listed, put back, pruned.

    20261123T030000Z-1a2b3c4d5e6f.dump.zst   pg_dump's custom format, compressed by zstandard
    20261123T030000Z-1a2b3c4d5e6f.json       what it holds; written last: without it there is no backup

The name is the UTC time and the start of the SHA-256 of the first file. A file that lacks its fellow, or is not whole,
was left by a run that died; `prune` removes it after a day. Files with other names are never touched.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import re
import threading
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from snap import __version__
from snap.errors import SnapError, SnapshotError, UsageError
from snap.progress import Progress, Silent
from snap_ops.backup.repository import Repository, write
from snap_restorer import Target
from snap_restorer.dump.archive import listed as contents_of
from snap_restorer.dump.dump import dumping
from snap_restorer.dump.holdings import Holdings, document, holdings
from snap_restorer.dump.put_back import PutBack, put_back
from snap_restorer.pg.clients import private_environment
from snap_restorer.pg.guard import NO_GUARD, Guard
from snap_restorer.pg.interrupt import require_going
from snap_restorer.pg.programs import clients

LATEST = "latest"
_DUMP, _RECORD = ".dump.zst", ".json"
_STAMP = "%Y%m%dT%H%M%SZ"
_OURS = re.compile(
    r"\.?(?P<id>(?P<stamp>\d{8}T\d{6}Z)(?:-[0-9a-f]{12})?)(?P<end>\.dump\.zst|\.json)?(?:\.[A-Za-z0-9_]+\.partial)?"
)
_DIGITS = 12
_LAYOUT = 1
_LEVEL = 3  # zstandard's own default
_LEFTOVER = timedelta(days=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Backup:
    """One backup. `bytes` and `sha256` are the stored file's, `dumped_…` pg_dump's; `db` holds no password.

    `server` is 180006, `client` pg_dump's major version; `version` and `digest` are the ledger's last.
    """

    id: str
    started: datetime
    bytes: int
    sha256: str
    dumped_bytes: int
    dumped_sha256: str
    db: str
    server: int
    client: int
    version: str | None
    digest: str | None
    snap_version: str
    held: Holdings


@dataclass(frozen=True, slots=True, kw_only=True)
class Pruned:
    """What was removed: ids of backups, then leftovers' names. `kept` backups are still there."""

    removed: tuple[str, ...]
    kept: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Stored:
    """A backup in its repository, as snap_restorer.dump.put_back reads it."""

    repository: Repository
    backup: Backup

    @property
    def held(self) -> Holdings:
        return self.backup.held

    @property
    def client(self) -> int:
        return self.backup.client

    def pieces(self) -> Iterator[bytes]:
        """Return pg_dump's bytes. Errors: SnapshotError when the file is not what was stored."""
        stored, dumped = hashlib.sha256(), hashlib.sha256()
        yield from _decompressed(self.repository, self.backup, stored, dumped)
        if (stored.hexdigest(), dumped.hexdigest()) != (self.backup.sha256, self.backup.dumped_sha256):
            raise _corrupt(self.repository, self.backup, "its bytes are not those that were written")


def create(
    repository: Repository,
    target: Target,
    *,
    now: datetime,
    schemas: Sequence[str] = (),
    exclude: Sequence[str] = (),
    lock_timeout_s: float = 10,
    environment: Mapping[str, str] | None = None,
    progress: Progress | None = None,
    stop: threading.Event | None = None,
) -> Backup:
    """Back up a database, read the backup back, and only then let it be one. `target` is the server, no pooler.

    Errors: TargetError for what may not be read in full or is locked; ServiceError; Interrupted. After each there is
    no new backup, and the database was only read.
    """
    env, stop, progress = private_environment(environment), stop or threading.Event(), progress or Silent()
    stamp = now.astimezone(UTC).strftime(_STAMP)
    with repository.scratch(stamp) as path:
        options: dict[str, Any] = {"schemas": schemas, "exclude": exclude, "lock_timeout_s": lock_timeout_s}
        with dumping(target, environment=env, stop=stop, **options) as dump:
            stored, dumped = _Count(), _Count()
            write(path, stored.through(_compressed(dumped.through(dump.pieces()))))
        made = Backup(
            id=f"{stamp}-{stored.sha256[:_DIGITS]}",
            started=now.astimezone(UTC).replace(microsecond=0),
            bytes=stored.bytes,
            sha256=stored.sha256,
            dumped_bytes=dumped.bytes,
            dumped_sha256=dumped.sha256,
            db=dump.db,
            server=dump.server,
            client=dump.client,
            version=dump.version,
            digest=dump.digest,
            snap_version=__version__,
            held=dump.held,
        )
        for what in (*dump.left, *dump.held.unrecorded):
            progress.warn(f"not in the backup: {what}")
        repository.publish(path, made.id + _DUMP)
    try:
        verify(repository, made, environment=env, stop=stop)
        repository.put(made.id + _RECORD, _text(made).encode())
    except BaseException:
        with contextlib.suppress(SnapError):
            repository.remove(made.id + _DUMP)
        raise
    return made


def verify(
    repository: Repository,
    backup: Backup,
    *,
    environment: Mapping[str, str] | None = None,
    stop: threading.Event | None = None,
) -> None:
    """Read a backup in full: its bytes are those that were written, and pg_restore reads them.

    Errors: SnapshotError, ServiceError, Interrupted.
    """
    env, stop = private_environment(environment), stop or threading.Event()
    found = Stored(repository=repository, backup=backup)
    for _ in found.pieces():
        require_going(stop)
    folder = clients(env, max(backup.client, backup.server // 10000))
    contents_of(folder, found.pieces(), environment=env, stop=stop)


def listed(repository: Repository) -> tuple[tuple[Backup, ...], tuple[str, ...]]:
    """Return the backups there are, oldest first, and the names of unreadable records. Errors: ServiceError."""
    sizes = repository.sizes()
    found, broken = [], []
    for name in sorted(sizes):
        match = _OURS.fullmatch(name)
        if match is None or name != match["id"] + _RECORD or match["id"] + _DUMP not in sizes:
            continue
        try:
            backup = _read(b"".join(repository.read(name)))
        except (ValueError, KeyError, TypeError):
            broken.append(name)
            continue
        if backup.id == match["id"] and backup.bytes == sizes[backup.id + _DUMP]:
            found.append(backup)
        else:
            broken.append(name)
    return tuple(sorted(found, key=lambda one: (one.started, one.id))), tuple(broken)


def find(repository: Repository, name: str) -> Backup:
    """Return a backup by its id, by the beginning of it, or the `latest`. Errors: SnapshotError, UsageError."""
    found, _ = listed(repository)
    if not found:
        raise SnapshotError(f"there is no backup in {repository.shown}", "make one: snap backup")
    if name == LATEST:
        return found[-1]
    fitting = [one for one in found if name and one.id.startswith(name)]
    if not fitting:
        raise SnapshotError(f"there is no backup {name!r} in {repository.shown}", "see: snap backup list")
    if len(fitting) > 1:
        raise UsageError(f"{name!r} is the beginning of {len(fitting)} backups", "give more of it, or latest")
    return fitting[0]


def restore(
    repository: Repository,
    backup: Backup,
    target: Target,
    *,
    schemas: Sequence[str] = (),
    lose: bool = False,
    guard: Guard = NO_GUARD,
    lock_timeout_s: float = 10,
    environment: Mapping[str, str] | None = None,
    progress: Progress | None = None,
    stop: threading.Event | None = None,
) -> PutBack:
    """Put a database back to what a backup holds; snap_restorer.dump.put_back says how, and what is refused.

    The backup is read in full first. Errors: SnapshotError when it is corrupt; those of put_back. After each the
    database is as it was.
    """
    verify(repository, backup, environment=environment, stop=stop)
    return put_back(
        target,
        Stored(repository=repository, backup=backup),
        schemas=schemas,
        lose=lose,
        guard=guard,
        lock_timeout_s=lock_timeout_s,
        environment=environment,
        progress=progress,
        stop=stop,
    )


def prune(repository: Repository, *, keep_days: int, now: datetime) -> Pruned:
    """Remove backups older than `keep_days`, but never the newest one, and what dead runs left a day ago.

    Errors: ServiceError; what was removed until then is gone.
    """
    found, broken = listed(repository)
    old = now - timedelta(days=keep_days)
    expired = [one.id for one in found[:-1] if one.started < old]
    removed = []
    for one in expired:
        _remove(repository, one)
        removed.append(one)
    good = {one.id for one in found}
    unreadable = {name.removesuffix(_RECORD) for name in broken}
    for name in sorted(repository.sizes()):
        match = _OURS.fullmatch(name)
        if match is None or not (match["end"] or name.endswith(".partial")):
            continue
        if match["id"] in good and not name.endswith(".partial"):
            continue
        # What cannot be listed may still be saved by hand, so it is kept as long as a backup.
        limit = old if match["id"] in unreadable else now - _LEFTOVER
        if _moment(match["stamp"]) < limit:
            repository.remove(name)
            removed.append(name)
    return Pruned(removed=tuple(removed), kept=len(found) - len(expired))


def _remove(repository: Repository, one: str) -> None:
    """Remove a backup: its record first, so that no instant shows one that cannot be put back."""
    repository.remove(one + _RECORD)
    repository.remove(one + _DUMP)


def _moment(stamp: str) -> datetime:
    try:
        return datetime.strptime(stamp, _STAMP).replace(tzinfo=UTC)
    except ValueError:
        return datetime.max.replace(tzinfo=UTC)  # no time at all, so not ours


class _Count:
    """The number and the SHA-256 of the bytes that passed."""

    def __init__(self) -> None:
        self.bytes, self._hash = 0, hashlib.sha256()

    @property
    def sha256(self) -> str:
        return self._hash.hexdigest()

    def through(self, pieces: Iterator[bytes]) -> Iterator[bytes]:
        for piece in pieces:
            self.bytes += len(piece)
            self._hash.update(piece)
            yield piece


def _compressed(pieces: Iterator[bytes]) -> Iterator[bytes]:
    import zstandard

    packer = zstandard.ZstdCompressor(level=_LEVEL, write_checksum=True).compressobj()
    for piece in pieces:
        if packed := packer.compress(piece):
            yield packed
    yield packer.flush()


def _decompressed(repository: Repository, backup: Backup, stored: Any, dumped: Any) -> Iterator[bytes]:
    import zstandard

    opener = zstandard.ZstdDecompressor().decompressobj()
    try:
        for packed in repository.read(backup.id + _DUMP):
            stored.update(packed)
            if opener.eof:
                raise _corrupt(repository, backup, "it goes on after its end")
            if piece := opener.decompress(packed):
                dumped.update(piece)
                yield piece
    except zstandard.ZstdError as error:
        raise _corrupt(repository, backup, str(error)) from None
    if not opener.eof:
        raise _corrupt(repository, backup, "it is cut off")


def _corrupt(repository: Repository, backup: Backup, why: str) -> SnapshotError:
    return SnapshotError(
        f"backup {backup.id} in {repository.shown} is corrupt: {why}",
        "take another one, see: snap backup list; nothing was changed",
    )


def _text(backup: Backup) -> str:
    """Return a backup's record as JSON, sealed by the SHA-256 of its canonical form."""
    plain = {
        "layout": _LAYOUT,
        **{name: getattr(backup, name) for name in _PLAIN},
        "started": backup.started.isoformat(),
        "held": document(backup.held),
    }
    return json.dumps({**plain, "seal": _seal(plain)}, indent=1, ensure_ascii=False) + "\n"


def _read(text: bytes) -> Backup:
    """Read a record. Errors: ValueError, KeyError, TypeError of what is none, or was changed."""
    plain = json.loads(text)
    if not isinstance(plain, dict) or plain.pop("seal") != _seal(plain) or plain["layout"] != _LAYOUT:
        raise ValueError("not a backup's record")
    return Backup(
        **{name: plain[name] for name in _PLAIN},
        started=datetime.fromisoformat(plain["started"]),
        held=holdings(plain["held"]),
    )


def _seal(plain: Mapping[str, Any]) -> str:
    return hashlib.sha256(json.dumps(plain, sort_keys=True).encode()).hexdigest()


_PLAIN = (
    *("id", "bytes", "sha256", "dumped_bytes", "dumped_sha256", "db", "server", "client", "version", "digest"),
    "snap_version",
)
