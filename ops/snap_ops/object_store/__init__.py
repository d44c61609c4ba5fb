"""What a bucket of objects has to offer, whoever serves it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Protocol

WORKERS = 4  # uploads and reads at a time: most of their time is waiting


@dataclass(frozen=True, slots=True)
class Held:
    """An object as its bucket lists it. `etag` is the MD5 of its bytes, in most buckets and for most objects."""

    size: int
    etag: str


class Objects(Protocol):
    """The objects below a prefix, by keys that begin behind it. Errors of all: ServiceError that names the bucket."""

    @property
    def shown(self) -> str:
        """The bucket and its prefix for people; no secret."""

    def held(self) -> dict[str, Held]:
        """List every object, however deep."""

    def upload(self, key: str, data: bytes, content_type: str) -> None:
        """Put an object under its key, in the place of what is there."""

    def read(self, key: str) -> Iterator[bytes]:
        """Return an object's bytes."""

    def delete(self, keys: Sequence[str]) -> None:
        """Delete objects; those that are not there do not matter."""

    def close(self) -> None:
        """Close its connections."""
