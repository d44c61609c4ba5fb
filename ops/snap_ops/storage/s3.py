"""A bucket that speaks S3: Amazon's, MinIO's, Supabase's."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from snap.errors import ServiceError
from snap_ops.object_store import WORKERS, Held, s3

_PIECE = 1 << 20


@dataclass(frozen=True, kw_only=True)
class S3Objects:
    """`prefix` is "" or ends with a slash."""

    bucket: str
    prefix: str
    endpoint: str | None = None
    region: str | None = None
    access_key: str | None = field(default=None, repr=False)
    secret_key: str | None = field(default=None, repr=False)

    @property
    def shown(self) -> str:
        return f"s3://{self.bucket}/{self.prefix}"

    def held(self) -> dict[str, Held]:
        with self._told():
            pages = self._client.get_paginator("list_objects_v2").paginate(Bucket=self.bucket, Prefix=self.prefix)
            return {
                one["Key"].removeprefix(self.prefix): Held(int(one["Size"]), one.get("ETag", "").strip('"'))
                for page in pages
                for one in page.get("Contents", ())
            }

    def upload(self, key: str, data: bytes, content_type: str) -> None:
        with self._told(key):
            self._client.put_object(Bucket=self.bucket, Key=self.prefix + key, Body=data, ContentType=content_type)

    def read(self, key: str) -> Iterator[bytes]:
        with self._told(key):
            yield from self._client.get_object(Bucket=self.bucket, Key=self.prefix + key)["Body"].iter_chunks(_PIECE)

    def delete(self, keys: Sequence[str]) -> None:
        named = [{"Key": self.prefix + key} for key in keys]
        with self._told():
            answer = self._client.delete_objects(Bucket=self.bucket, Delete={"Objects": named, "Quiet": True})
        for error in answer.get("Errors", ()):
            raise ServiceError(
                f"s3://{self.bucket}/{error['Key']} cannot be deleted: {error.get('Message') or error.get('Code')}",
                "check what the access key may do with this bucket",
            )

    def close(self) -> None:
        self._client.close()

    @cached_property
    def _client(self) -> Any:
        return s3.client(
            endpoint=self.endpoint,
            region=self.region,
            access_key=self.access_key,
            secret_key=self.secret_key,
            connections=WORKERS,
        )

    def _told(self, key: str = "") -> contextlib.AbstractContextManager[None]:
        return s3.told(f"{self.shown}{key}", "storage", self.access_key, self.secret_key)
