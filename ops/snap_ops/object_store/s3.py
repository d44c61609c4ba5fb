"""Buckets that speak S3: Amazon's, MinIO's, Supabase's. No other module imports boto3."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

import boto3
from boto3.exceptions import Boto3Error
from boto3.s3.transfer import TransferConfig
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError

from snap.errors import ServiceError
from snap_ops.object_store import WORKERS, StoredObject, require_bounded

_CONNECT_S, _READ_S = 10, 60  # limits for silence, not for a whole answer
_ATTEMPTS = 5
_PIECE = 1 << 20
_PART = 8 << 20  # S3 takes 10,000 parts of an upload, so up to 80 GB
_DENIED = ("accessdenied", "invalidaccesskey", "signature", "forbidden", "unauthorized", "credential", "(403)", "(401)")


@dataclass(frozen=True, kw_only=True)
class S3Bucket:
    """The objects below a prefix of a bucket, for use from any thread. `prefix` is "" or ends with a slash.

    `section` is the section of snap.toml that hints name. Errors of all methods: ServiceError that names the bucket and
    no secret.
    """

    bucket: str
    prefix: str
    section: str
    endpoint: str | None = None
    region: str | None = None
    access_key: str | None = field(default=None, repr=False)
    secret_key: str | None = field(default=None, repr=False)

    @property
    def shown(self) -> str:
        """Return the bucket and its prefix for people."""
        return f"s3://{self.bucket}/{self.prefix}"

    def objects(self, *, deep: bool = True) -> dict[str, StoredObject]:
        """Return the objects by their keys relative to the prefix.

        Without `deep`, return only objects without a slash in that key.
        """
        with self._explained():
            pages = self._client.get_paginator("list_objects_v2").paginate(
                Bucket=self.bucket, Prefix=self.prefix, **({} if deep else {"Delimiter": "/"})
            )
            objects: dict[str, StoredObject] = {}
            for page in pages:
                for listed in page.get("Contents", ()):
                    key, size = listed.get("Key", ""), int(listed.get("Size", -1))
                    require_bounded(self.shown, len(objects) + 1, key)
                    objects[key.removeprefix(self.prefix)] = StoredObject(size, listed.get("ETag", "").strip('"'))
            return objects

    def read(self, key: str, most: int | None = None) -> Iterator[bytes]:
        """Yield an object's bytes. The caller may stop reading at any time, so `most` is not needed."""
        del most
        with self._explained(key):
            yield from self._client.get_object(Bucket=self.bucket, Key=self.prefix + key)["Body"].iter_chunks(_PIECE)

    def upload(self, key: str, data: bytes, content_type: str = "binary/octet-stream") -> None:
        """Upload an object under its key, and replace an existing one."""
        with self._explained(key):
            self._client.put_object(Bucket=self.bucket, Key=self.prefix + key, Body=data, ContentType=content_type)

    def upload_file(self, key: str, path: Path) -> None:
        """Upload a file in parts. The object appears once all parts are uploaded."""
        parts = TransferConfig(multipart_threshold=_PART, multipart_chunksize=_PART, max_concurrency=2)
        with self._explained(key):
            self._client.upload_file(str(path), self.bucket, self.prefix + key, Config=parts)

    def delete_one(self, key: str) -> None:
        """Delete one object, by a request that works on servers without bulk deletion."""
        with self._explained(key):
            self._client.delete_object(Bucket=self.bucket, Key=self.prefix + key)

    def delete(self, keys: Sequence[str]) -> None:
        """Delete objects. Missing objects are ignored."""
        named = [{"Key": self.prefix + key} for key in keys]
        with self._explained():
            answer = self._client.delete_objects(Bucket=self.bucket, Delete={"Objects": named, "Quiet": True})
        for error in answer.get("Errors", ()):
            key, reason = error.get("Key", ""), error.get("Message") or error.get("Code")
            raise ServiceError(
                f"s3://{self.bucket}/{key} cannot be deleted: {reason}",
                "check what the access key may do with this bucket",
            )

    def close(self) -> None:
        """Close the connections to the bucket."""
        self._client.close()

    @cached_property
    def _client(self) -> Any:
        return boto3.client(
            "s3",
            endpoint_url=self.endpoint,
            region_name=self.region or "us-east-1",  # the region that self-hosted servers expect
            aws_access_key_id=self.access_key,
            aws_secret_access_key=self.secret_key,
            config=Config(
                connect_timeout=_CONNECT_S,
                read_timeout=_READ_S,
                retries={"mode": "standard", "total_max_attempts": _ATTEMPTS},
                max_pool_connections=WORKERS,
                s3={"addressing_style": "path" if self.endpoint else "auto"},
                request_checksum_calculation="when_required",  # servers that are not Amazon's lack the newer ones
                response_checksum_validation="when_required",
            ),
        )

    @contextlib.contextmanager
    def _explained(self, key: str = "") -> Iterator[None]:
        """Turn boto3's errors into a ServiceError that names the object and has a hint, but no keys."""
        try:
            yield
        except (Boto3Error, BotoCoreError, ClientError, ValueError) as error:
            reason = " ".join(str(error).split())
            for secret in filter(None, (self.access_key, self.secret_key)):
                reason = reason.replace(secret, "***")
            raise ServiceError(f"{self.shown}{key}".rstrip("/") + f": {reason}", self._hint(reason.lower())) from None

    def _hint(self, reason: str) -> str:
        if "nosuchbucket" in reason or "bucket does not exist" in reason:
            return f"create the bucket first, or check its name and the endpoint in [{self.section}]"
        if any(word in reason for word in _DENIED):
            return f"check access_key and secret_key in [{self.section}], and what they may do with this bucket"
        if "nosuchkey" in reason or "(404)" in reason or "not found" in reason:
            return f"check the bucket, the prefix and the endpoint in [{self.section}]"
        return f"check the endpoint in [{self.section}] and the network, then run the command again"
