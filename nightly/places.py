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
from datetime import timedelta
from pathlib import Path
from typing import Any, Protocol
from urllib.parse import urlsplit

from snap.errors import ServiceError, UsageError

PARTIAL = ".partial"  # ends the name of a file that is not whole; such names begin with a dot
PIECE = 1 << 20
_PART = 8 << 20  # S3 takes 10,000 parts of an upload, so up to 80 GB
_RETRIES = 4
_GIVE_UP = timedelta(seconds=60)


class Place(Protocol):
    """Somewhere to keep files. Errors of all: ServiceError that names the place."""

    @property
    def shown(self) -> str:
        """The place for people; no secret."""

    def sizes(self) -> dict[str, int]:
        """Give every file's size in bytes, by name."""

    def read(self, name: str) -> Iterator[bytes]:
        """Give a file's bytes."""

    def scratch(self, name: str) -> contextlib.AbstractContextManager[Path]:
        """Give a path to write a file to that `publish` takes; what is left of it is removed in the end."""

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
        import obstore

        with self._told():
            found = obstore.list_with_delimiter(self._store(), None)["objects"]
            return {str(one["path"]): int(one["size"]) for one in found}

    def read(self, name: str) -> Iterator[bytes]:
        import obstore

        with self._told(name):
            for piece in obstore.get(self._store(), name).stream(PIECE):
                yield bytes(piece)

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
        import obstore

        with self._told(name):
            obstore.put(self._store(), name, path, chunk_size=_PART, max_concurrency=2)

    def put(self, name: str, data: bytes) -> None:
        import obstore

        with self._told(name):
            obstore.put(self._store(), name, data)

    def remove(self, name: str) -> None:
        import obstore

        with self._told(name), contextlib.suppress(obstore.exceptions.NotFoundError, FileNotFoundError):
            obstore.delete(self._store(), name)

    def _store(self) -> Any:
        from obstore.store import S3Store

        given = {
            "endpoint": self.endpoint,
            "region": self.region or "us-east-1",  # what servers of one's own expect
            "access_key_id": self.access_key,
            "secret_access_key": self.secret_key,
        }
        return S3Store(
            self.bucket,
            prefix=self.prefix or None,
            virtual_hosted_style_request=False,
            client_options={
                "allow_http": bool(self.endpoint and self.endpoint.startswith("http://")),
                "connect_timeout": timedelta(seconds=10),
                "read_timeout": timedelta(seconds=60),
                "timeout": timedelta(hours=6),  # of one whole answer; silence is read_timeout's
            },
            retry_config={"max_retries": _RETRIES, "retry_timeout": _GIVE_UP},
            **{key: value for key, value in given.items() if value is not None},  # type: ignore[arg-type]
        )

    @contextlib.contextmanager
    def _told(self, name: str = "") -> Iterator[None]:
        from obstore import exceptions

        try:
            yield
        except (exceptions.BaseError, FileNotFoundError, PermissionError, ValueError, OSError) as error:
            said = self._scrub(" ".join(str(error).split()))
            raise ServiceError(f"{f'{self.shown}/{name}'.rstrip('/')}: {_brief(said)}", _hint(said)) from None

    def _scrub(self, text: str) -> str:
        for secret in filter(None, (self.access_key, self.secret_key)):
            text = text.replace(secret, "***")
        return text


def place(
    to: str,
    root: Path,
    *,
    endpoint: str | None = None,
    region: str | None = None,
    access_key: str | None = None,
    secret_key: str | None = None,
) -> Folder | Bucket:
    """Give the place that `to` names: a folder, relative to `root`, or s3://BUCKET/PREFIX. Errors: UsageError."""
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


def _brief(said: str) -> str:
    """Give what a bucket's server said, without the chain of causes around it."""
    for start, end in (("<Message>", "</Message>"), ("Generic S3 error: ", "Debug source:")):
        if start in said:
            said = said.partition(start)[2].partition(end)[0]
    return said.partition(" Debug source:")[0].strip()


def _hint(said: str) -> str:
    low = said.lower()
    if "nosuchbucket" in low or "bucket does not exist" in low:
        return "create the bucket first, or check its name and the endpoint in [backup]"
    if any(word in low for word in ("accessdenied", "invalidaccesskey", "signature", "403", "401", "credential")):
        return "check access_key and secret_key in [backup], and what they may do with this bucket"
    if "not found" in low or "404" in low or "nosuchkey" in low:
        return "check the bucket, the prefix and the endpoint in [backup]"
    return "check the endpoint in [backup] and the network, then run the command again"
