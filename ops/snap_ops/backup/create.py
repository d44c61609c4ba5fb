"""Make a backup, read it back, and put a database back to it. A backup is pg_dump's output, compressed by zstandard."""

from __future__ import annotations

import contextlib
import hashlib
import threading
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime

import zstandard

from snap.errors import SnapError, SnapshotError
from snap.progress import Progress, Silent, phase
from snap.version import __version__
from snap_ops.backup.repository import Repository, write_stream
from snap_ops.backup.retention import RECORD, STAMP, find_backup
from snap_ops.backup.sealed import Backup
from snap_restorer import Target
from snap_restorer.dump.archive import ArchiveReader
from snap_restorer.dump.dump import DumpRequest, dumping
from snap_restorer.dump.inventory import Inventory
from snap_restorer.dump.put_back import PutBack, PutBackRequest, put_back, require_able
from snap_restorer.pg.clients import private_environment
from snap_restorer.pg.interrupt import require_going
from snap_restorer.pg.programs import clients

_DIGITS = 12
_DUMP_OWN, _PUT_BACK_WHOLE = DumpRequest(), PutBackRequest()
_LEVEL = 3  # zstandard's own default
_SLICE = 4_096  # bytes unpacked at once: zstandard makes 128 kB of 4 bytes, so at most 128 MB of a slice


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredBackup:
    """A backup in its repository, in the form that snap_restorer.dump.put_back reads."""

    repository: Repository
    backup: Backup

    @property
    def inventory(self) -> Inventory:
        return self.backup.inventory

    @property
    def client(self) -> int:
        return self.backup.client

    def pieces(self) -> Iterator[bytes]:
        """Yield the bytes that pg_dump wrote. Errors: SnapshotError if the stored file was altered."""
        stored, dumped = _Count(), _Count()
        read = stored.through(self._limited(self.repository.read(self.backup.file), self.backup.bytes))
        unpacked = self._limited(self._decompressed(self._decrypted(read)), self.backup.dumped_bytes)
        yield from dumped.through(unpacked)
        if (stored.sha256, dumped.sha256) != (self.backup.sha256, self.backup.dumped_sha256):
            raise self._corrupt("its bytes are not those that were written")

    def _decrypted(self, stored: Iterator[bytes]) -> Iterator[bytes]:
        if self.backup.encrypted_for is None:
            return stored
        if self.repository.age_keys is None:
            raise SnapshotError(
                f"backup {self.backup.id} is encrypted, but age_key in [backup] names no key",
                f"it was encrypted for {self.backup.encrypted_for}",
                unchanged=True,
            )
        return self.repository.age_keys.decrypted(stored)

    def _decompressed(self, stored: Iterator[bytes]) -> Iterator[bytes]:
        decompressor = zstandard.ZstdDecompressor().decompressobj()
        try:
            for packed in stored:
                for start in range(0, len(packed), _SLICE):
                    if decompressor.eof:
                        raise self._corrupt("it has more bytes after its end")
                    if piece := decompressor.decompress(packed[start : start + _SLICE]):
                        yield piece
        except zstandard.ZstdError as error:
            raise self._corrupt(str(error)) from None
        if not decompressor.eof:
            raise self._corrupt("it is cut off")

    def _limited(self, pieces: Iterator[bytes], most: int) -> Iterator[bytes]:
        """Yield the pieces of a stream. Errors: SnapshotError once the pieces are longer than `most` bytes in all."""
        length = 0
        for piece in pieces:
            length += len(piece)
            if length > most:
                raise self._corrupt("it is longer than what was written")
            yield piece

    def _corrupt(self, why: str) -> SnapshotError:
        return SnapshotError(
            f"backup {self.backup.id} in {self.repository.shown} is corrupt: {why}",
            "use another backup; snap backup list shows them",
            unchanged=True,
        )


def create_backup(
    repository: Repository,
    target: Target,
    request: DumpRequest = _DUMP_OWN,
    *,
    now: datetime,
    safety: bool = False,
    progress: Progress | None = None,
    stop: threading.Event | None = None,
) -> Backup:
    """Back up a database, read the backup back, and only then write its record.

    `target` must not be a pooler in transaction mode. Errors: TargetError if the role may not read everything,
    somebody holds a lock, or the database has code that would run with a superuser's rights when the backup is put
    back; ServiceError; Interrupted. After an error there is no new backup, and the database was only read.
    """
    stop, progress, keys = stop or threading.Event(), progress or Silent(), repository.age_keys
    stamp = now.astimezone(UTC).strftime(STAMP)
    with repository.scratch(stamp) as path:
        with dumping(target, request, stop=stop) as dump:
            stored, dumped = _Count(), _Count()
            packed = _compressed(dumped.through(dump.pieces()))
            with phase(progress, "copy"):
                write_stream(path, stored.through(packed if keys is None else keys.encrypted(packed)))
        backup = Backup(
            id=f"{stamp}-{stored.sha256[:_DIGITS]}",
            started=now.astimezone(UTC),
            bytes=stored.bytes,
            sha256=stored.sha256,
            dumped_bytes=dumped.bytes,
            dumped_sha256=dumped.sha256,
            db=dump.db,
            identity=dump.identity,
            server=dump.server,
            client=dump.client,
            version=dump.version,
            digest=dump.digest,
            snap_version=__version__,
            inventory=dump.inventory,
            encrypted_for=None if keys is None else keys.recipient,
            safety=safety,
        )
        for name in (*dump.left, *dump.inventory.unrecorded):
            progress.warn(f"not in the backup: {name}")
        if (same := _there(repository, backup)) is not None:
            return same
        repository.publish(path, backup.file)
    try:
        with phase(progress, "verify"):
            verify_backup(repository, backup, environment=request.environment, stop=stop)
        able = PutBackRequest(trust_code=request.trust_code, environment=request.environment)
        require_able(target, StoredBackup(repository=repository, backup=backup), able, stop=stop)
        repository.put(backup.id + RECORD, backup.to_json(repository.seal_key).encode())
    except BaseException:
        with contextlib.suppress(SnapError):
            repository.remove(backup.file)
        raise
    return backup


def _there(repository: Repository, backup: Backup) -> Backup | None:
    """Return the existing backup of the same second and bytes, or None. A safety backup must not replace it."""
    if not backup.safety or backup.id + RECORD not in repository.sizes():
        return None
    return find_backup(repository, backup.id)


def verify_backup(
    repository: Repository,
    backup: Backup,
    *,
    environment: Mapping[str, str] | None = None,
    stop: threading.Event | None = None,
) -> None:
    """Read a whole backup and check its hashes, and that pg_restore can read it.

    Errors: SnapshotError, ServiceError, Interrupted.
    """
    env, stop = private_environment(environment), stop or threading.Event()
    stored = StoredBackup(repository=repository, backup=backup)
    for _ in stored.pieces():
        require_going(stop)
    folder = clients(env, max(backup.client, backup.server // 10000))
    ArchiveReader(folder=folder, feed=stored.pieces, environment=env, stop=stop).contents()


def restore_backup(
    repository: Repository,
    backup: Backup,
    target: Target,
    request: PutBackRequest = _PUT_BACK_WHOLE,
    *,
    progress: Progress | None = None,
    stop: threading.Event | None = None,
) -> PutBack:
    """Replace the schemas of a database by those of a backup.

    The whole backup is read first. snap_restorer.dump.put_back documents the refusals. Errors: SnapshotError if the
    backup is corrupt; those of put_back. After an error the database is unchanged.
    """
    verify_backup(repository, backup, environment=request.environment, stop=stop)
    return put_back(target, StoredBackup(repository=repository, backup=backup), request, progress=progress, stop=stop)


class _Count:
    """A counter and SHA-256 of the bytes that pass through."""

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
    compressor = zstandard.ZstdCompressor(level=_LEVEL, write_checksum=True).compressobj()
    for piece in pieces:
        if packed := compressor.compress(piece):
            yield packed
    yield compressor.flush()
