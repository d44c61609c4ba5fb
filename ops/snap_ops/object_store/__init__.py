"""Open buckets of objects, and the interface that all of them share.

s3.py        a bucket that speaks S3, through boto3, which no other module imports
supabase.py  a bucket behind Supabase's own REST API, for teams with only a service key

Both are imported only when a bucket is opened: boto3 takes 0.3 s, and most projects name no bucket.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from snap.config import Secret
from snap.errors import ServiceError, UsageError
from snap.extras import missing

if TYPE_CHECKING:
    from snap_ops.object_store.s3 import S3Bucket

WORKERS = 4  # uploads and reads at a time: most of their time is waiting
MOST_KEY = 1_024  # the most bytes of a key, in S3 and in Supabase
_MOST_LISTED = 1_000_000  # objects and folders: stop listing a server whose listing has no end


@dataclass(frozen=True, slots=True)
class StoredObject:
    """An object as its bucket lists it. `etag` is the MD5 of its bytes in most buckets and for most objects."""

    size: int
    etag: str


class ObjectStore(Protocol):
    """The objects below a prefix, by keys relative to it. Errors of all methods: ServiceError that names the bucket."""

    @property
    def shown(self) -> str:
        """Return the bucket and its prefix without secrets, for people."""

    def objects(self) -> dict[str, StoredObject]:
        """Return every object, at any depth."""

    def upload(self, key: str, data: bytes, content_type: str) -> None:
        """Upload an object under its key, and replace any existing object of that key."""

    def read(self, key: str, most: int) -> Iterator[bytes]:
        """Yield an object's bytes, at least the first `most` of them."""

    def delete(self, keys: Sequence[str]) -> None:
        """Delete objects. Missing objects are ignored."""

    def close(self) -> None:
        """Close the connections to the bucket."""


def require_bounded(store: str, listed: int, key: str) -> None:
    """Raise ServiceError if a bucket's listing has too many entries, or if the last entry's `key` is too long."""
    if listed > _MOST_LISTED or len(key) > MOST_KEY:
        what = f"over {_MOST_LISTED:,} objects" if listed > _MOST_LISTED else f"a key of over {MOST_KEY:,} characters"
        raise ServiceError(f"{store} lists {what}", "name a prefix in the bucket, or check the endpoint")


@dataclass(frozen=True, slots=True, kw_only=True)
class S3Settings:
    """The settings of a bucket that speaks S3, as every section of snap.toml that names a bucket takes them."""

    endpoint: str | None = None
    region: str | None = None
    access_key: Secret | None = None
    secret_key: Secret | None = None

    @property
    def speaks_s3(self) -> bool:
        """Return whether any of the settings is given."""
        return any((self.endpoint, self.region, self.access_key, self.secret_key))

    def open_s3(self, bucket: str, prefix: str, *, section: str) -> S3Bucket:
        """Return the bucket. Without keys, the machine's own credentials are used.

        Errors: UsageError if only one of the two keys is given, or if boto3 is not installed.
        """
        try:
            from snap_ops.object_store.s3 import S3Bucket  # noqa: PLC0415 - an extra that may be missing
        except ModuleNotFoundError:
            raise missing("s3", "boto3", f"s3://{bucket}/{prefix} in [{section}]") from None
        if (self.access_key is None) != (self.secret_key is None):
            raise UsageError(
                f"access_key and secret_key in [{section}] belong together",
                "write both, or neither for the machine's own",
            )
        return S3Bucket(
            bucket=bucket,
            prefix=prefix,
            section=section,
            endpoint=self.endpoint,
            region=self.region,
            access_key=self.access_key.reveal() if self.access_key else None,
            secret_key=self.secret_key.reveal() if self.secret_key else None,
        )
