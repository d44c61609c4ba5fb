"""Store backups in a folder, or in a bucket that speaks S3. A file gets its name only once it is complete.

In a folder, a file is written under a temporary name, synced, renamed, and the folder itself is synced. A bucket shows
an object when its upload is complete. Names are plain file names.
"""

from __future__ import annotations

import contextlib
import os
import secrets
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Protocol
from urllib.parse import urlsplit

from snap import durable, scratch
from snap.errors import UsageError
from snap_ops.object_store import S3Settings

if TYPE_CHECKING:
    from snap_ops.backup.encryption import AgeKeys
    from snap_ops.object_store.s3 import S3Bucket

PARTIAL = ".partial"  # suffix of an incomplete file, whose name also begins with a dot
_PIECE = 1 << 20


class Repository(Protocol):
    """A store of backup files. Errors of all methods: ServiceError that names the repository."""

    @property
    def seal_key(self) -> bytes:
        """Return the key that seals the records of backups. It is empty if there is none."""

    @property
    def age_keys(self) -> AgeKeys | None:
        """Return the keys that encrypt and decrypt backups, or None if backups are not encrypted."""

    @property
    def shown(self) -> str:
        """Return the repository's address without secrets, for people."""

    def sizes(self) -> dict[str, int]:
        """Return every file's size in bytes, by name."""

    def read(self, name: str) -> Iterator[bytes]:
        """Yield the bytes of a file."""

    def scratch(self, name: str) -> contextlib.AbstractContextManager[Path]:
        """Yield a path to write a file to, which `publish` then takes. An unpublished file is removed at the end."""

    def publish(self, path: Path, name: str) -> None:
        """Move a file from `scratch` to its final name."""

    def put(self, name: str, data: bytes) -> None:
        """Write a small file under its name."""

    def remove(self, name: str) -> None:
        """Remove a file if it exists."""


@dataclass(frozen=True, slots=True)
class FolderRepository:
    """A folder of this machine, created with the first file. Only the folder's user may read it."""

    path: Path
    seal_key: bytes = field(default=b"", repr=False)
    age_keys: AgeKeys | None = None

    @property
    def shown(self) -> str:
        return str(self.path)

    def sizes(self) -> dict[str, int]:
        with self._explained():
            if not self.path.exists():
                return {}
            files = [path for path in self.path.iterdir() if path.is_file() and path.name != durable.GITIGNORE]
            return {path.name: path.stat().st_size for path in files}

    def read(self, name: str) -> Iterator[bytes]:
        with self._explained(), (self.path / name).open("rb") as file:
            while piece := file.read(_PIECE):
                yield piece

    @contextlib.contextmanager
    def scratch(self, name: str) -> Iterator[Path]:
        with self._explained():
            durable.make_ignored(self.path, mode=0o700)
        path = self.path / f".{name}.{secrets.token_hex(8)}{PARTIAL}"
        try:
            with self._explained():
                yield path
        finally:
            with contextlib.suppress(NotADirectoryError):  # _explained has reported that the folder is a file
                path.unlink(missing_ok=True)

    def publish(self, path: Path, name: str) -> None:
        with self._explained():
            path.replace(self.path / name)
            durable.sync(self.path)

    def put(self, name: str, data: bytes) -> None:
        with self.scratch(name) as path:
            write_stream(path, iter([data]))
            self.publish(path, name)

    def remove(self, name: str) -> None:
        with self._explained():
            (self.path / name).unlink(missing_ok=True)
            if self.path.exists():
                durable.sync(self.path)

    def _explained(self) -> contextlib.AbstractContextManager[None]:
        return durable.explained(self.path)


@dataclass(frozen=True, slots=True)
class BucketRepository:
    """The backup files below a prefix of a bucket that speaks S3."""

    bucket: S3Bucket
    seal_key: bytes = field(default=b"", repr=False)
    age_keys: AgeKeys | None = None

    @property
    def shown(self) -> str:
        return self.bucket.shown.rstrip("/")

    def sizes(self) -> dict[str, int]:
        return {name: stored.size for name, stored in self.bucket.objects(deep=False).items()}

    def read(self, name: str) -> Iterator[bytes]:
        return self.bucket.read(name)

    @contextlib.contextmanager
    def scratch(self, name: str) -> Iterator[Path]:
        with scratch.folder() as folder, durable.explained(folder, scratch.HINT):
            yield folder / name

    def publish(self, path: Path, name: str) -> None:
        self.bucket.upload_file(name, path)

    def put(self, name: str, data: bytes) -> None:
        self.bucket.upload(name, data)

    def remove(self, name: str) -> None:
        self.bucket.delete_one(name)


def open_repository(
    to: str, root: Path, s3: S3Settings, seal_key: bytes = b"", age_keys: AgeKeys | None = None
) -> Repository:
    """Open the repository at `to`: a folder, relative to `root`, or s3://BUCKET/PREFIX. Errors: UsageError."""
    if "://" not in to:
        if s3.speaks_s3:
            raise UsageError(f"backups go to the folder {to}, but [backup] has keys for S3", "write s3://BUCKET/PREFIX")
        return FolderRepository(root / to, seal_key, age_keys)
    parts = urlsplit(to)
    if parts.scheme != "s3" or not parts.netloc or "@" in parts.netloc or parts.query:
        raise UsageError(
            "the place for backups is neither a folder nor s3://BUCKET/PREFIX", "write one of these, without keys"
        )
    prefix = f"{path}/" if (path := parts.path.strip("/")) else ""
    return BucketRepository(s3.open_s3(parts.netloc, prefix, section="backup"), seal_key, age_keys)


def write_stream(path: Path, pieces: Iterator[bytes]) -> None:
    """Write a new file that only its user may read, and sync it to the disk. Errors: FileExistsError."""
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600), "wb") as file:
        for piece in pieces:
            file.write(piece)
        file.flush()
        os.fsync(file.fileno())
        if hasattr(os, "posix_fadvise"):  # so that what is read back comes from the disk
            os.posix_fadvise(file.fileno(), 0, 0, os.POSIX_FADV_DONTNEED)
