"""Where backups lie: a folder, or a bucket that speaks S3. Nothing appears under its name before it is whole.

A folder gets a file by a temporary name, fsync, rename, and fsync of the folder itself; a bucket shows an object when
its upload is complete. Names are plain file names.
"""

from __future__ import annotations

import contextlib
import os
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol
from urllib.parse import urlsplit

from snap.errors import ServiceError, UsageError
from snap_ops.object_store import s3

PARTIAL = ".partial"  # ends the name of a file that is not whole; such names begin with a dot
PIECE = 1 << 20
_PART = 8 << 20  # S3 takes 10,000 parts of an upload, so up to 80 GB


class Place(Protocol):
    """Somewhere to keep files. Errors of all: ServiceError that names the place."""

    @property
    def shown(self) -> str:
        """The place for people; no secret."""

    def sizes(self) -> dict[str, int]:
        """Return every file's size in bytes, by name."""

    def read(self, name: str) -> Iterator[bytes]:
        """Return a file's bytes."""

    def scratch(self, name: str) -> contextlib.AbstractContextManager[Path]:
        """Return a path to write a file to that `publish` takes; what is left of it is removed in the end."""

    def publish(self, path: Path, name: str) -> None:
        """Put a file from `scratch` under its name."""

    def put(self, name: str, data: bytes) -> None:
        """Put a small file under its name."""

    def remove(self, name: str) -> None:
        """Remove a file, if it is there."""


@dataclass(frozen=True, slots=True)
class Folder:
    """A folder of this machine, made when something is first put there; nobody else may read it."""

    path: Path

    @property
    def shown(self) -> str:
        return str(self.path)

    def sizes(self) -> dict[str, int]:
        with self._told():
            if not self.path.exists():
                return {}
            return {one.name: one.stat().st_size for one in self.path.iterdir() if one.is_file()}

    def read(self, name: str) -> Iterator[bytes]:
        with self._told(), (self.path / name).open("rb") as file:
            while piece := file.read(PIECE):
                yield piece

    @contextlib.contextmanager
    def scratch(self, name: str) -> Iterator[Path]:
        with self._told():
            self.path.mkdir(mode=0o700, parents=True, exist_ok=True)
            handle, made = tempfile.mkstemp(dir=self.path, prefix=f".{name}.", suffix=PARTIAL)
            os.close(handle)
        path = Path(made)
        try:
            with self._told():
                yield path
        finally:
            path.unlink(missing_ok=True)

    def publish(self, path: Path, name: str) -> None:
        with self._told():
            path.replace(self.path / name)
            _sync(self.path)

    def put(self, name: str, data: bytes) -> None:
        with self.scratch(name) as path:
            write(path, iter([data]))
            self.publish(path, name)

    def remove(self, name: str) -> None:
        with self._told():
            (self.path / name).unlink(missing_ok=True)
            if self.path.exists():
                _sync(self.path)

    @contextlib.contextmanager
    def _told(self) -> Iterator[None]:
        try:
            yield
        except OSError as error:
            raise ServiceError(
                f"{error.filename or self.path}: {error.strerror}",
                "free some space, or see to it that this user may read and write there",
            ) from None


@dataclass(frozen=True, slots=True, kw_only=True)
class Bucket:
    """A bucket of S3, or of what speaks it, and a prefix in it. Without keys the machine's own are used."""

    bucket: str
    prefix: str
    endpoint: str | None = None
    region: str | None = None
    access_key: str | None = field(default=None, repr=False)
    secret_key: str | None = field(default=None, repr=False)

    @property
    def shown(self) -> str:
        return f"s3://{self.bucket}/{self.prefix}".rstrip("/")

    def sizes(self) -> dict[str, int]:
        with self._told():
            pages = self._client().get_paginator("list_objects_v2")
            found = pages.paginate(Bucket=self.bucket, Prefix=self._key(""), Delimiter="/")
            held = [one for page in found for one in page.get("Contents", ())]
            return {one["Key"].removeprefix(self._key("")): int(one["Size"]) for one in held}

    def read(self, name: str) -> Iterator[bytes]:
        with self._told(name):
            yield from self._client().get_object(Bucket=self.bucket, Key=self._key(name))["Body"].iter_chunks(PIECE)

    @contextlib.contextmanager
    def scratch(self, name: str) -> Iterator[Path]:
        with tempfile.TemporaryDirectory(prefix="snap-") as folder:
            try:
                yield Path(folder) / name
            except OSError as error:
                raise ServiceError(
                    f"{error.filename or folder}: {error.strerror}",
                    "free some space there, or name another folder for temporary files in $TMPDIR",
                ) from None

    def publish(self, path: Path, name: str) -> None:
        from boto3.s3.transfer import TransferConfig

        parts = TransferConfig(multipart_threshold=_PART, multipart_chunksize=_PART, max_concurrency=2)
        with self._told(name):
            self._client().upload_file(str(path), self.bucket, self._key(name), Config=parts)

    def put(self, name: str, data: bytes) -> None:
        with self._told(name):
            self._client().put_object(Bucket=self.bucket, Key=self._key(name), Body=data)

    def remove(self, name: str) -> None:
        with self._told(name):
            self._client().delete_object(Bucket=self.bucket, Key=self._key(name))

    def _key(self, name: str) -> str:
        return f"{self.prefix}/{name}" if self.prefix else name

    def _client(self) -> Any:
        return s3.client(
            endpoint=self.endpoint, region=self.region, access_key=self.access_key, secret_key=self.secret_key
        )

    def _told(self, name: str = "") -> contextlib.AbstractContextManager[None]:
        return s3.told(f"{self.shown}/{name}", "backup", self.access_key, self.secret_key)


def place(
    to: str,
    root: Path,
    *,
    endpoint: str | None = None,
    region: str | None = None,
    access_key: str | None = None,
    secret_key: str | None = None,
) -> Folder | Bucket:
    """Return the place that `to` names: a folder, relative to `root`, or s3://BUCKET/PREFIX. Errors: UsageError."""
    if "://" not in to:
        if endpoint or region or access_key or secret_key:
            raise UsageError(f"backups go to the folder {to}, for which there are no keys", "write s3://BUCKET/PREFIX")
        return Folder(root / to)
    parts = urlsplit(to)
    if parts.scheme != "s3" or not parts.netloc or "@" in parts.netloc or parts.query:
        raise UsageError("backups go neither to a folder nor to s3://BUCKET/PREFIX", "write one of these, without keys")
    if (access_key is None) != (secret_key is None):
        raise UsageError("access_key and secret_key belong together", "give both, or neither for the machine's own")
    return Bucket(
        bucket=parts.netloc,
        prefix=parts.path.strip("/"),
        endpoint=endpoint,
        region=region,
        access_key=access_key,
        secret_key=secret_key,
    )


def write(path: Path, pieces: Iterator[bytes]) -> None:
    """Write a file and wait until the disk has it."""
    with path.open("wb") as file:
        for piece in pieces:
            file.write(piece)
        file.flush()
        os.fsync(file.fileno())
        if hasattr(os, "posix_fadvise"):  # so that what is read back comes from the disk
            os.posix_fadvise(file.fileno(), 0, 0, os.POSIX_FADV_DONTNEED)


def _sync(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
