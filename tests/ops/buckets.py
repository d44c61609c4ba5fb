"""Run moto's S3 server as a process, with buckets in it."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from itertools import count
from typing import Any

from snap_ops.backup.repository import BucketRepository

KEY, SECRET = "test-key", "test-secret-of-nobody"
_numbers = count(1)


@dataclass(frozen=True)
class S3:
    url: str

    def bucket(self) -> str:
        """Create an empty bucket and return its name."""
        name = f"bucket-{os.getpid()}-{next(_numbers)}"
        self._ask("PUT", f"/{name}")
        return name

    def repository(self, bucket: str, prefix: str) -> BucketRepository:
        """Return a bucket as a repository of backups."""
        from snap_ops.object_store.s3 import S3Bucket

        return BucketRepository(
            S3Bucket(
                bucket=bucket, prefix=prefix, section="backup", endpoint=self.url, access_key=KEY, secret_key=SECRET
            )
        )

    def client(self) -> Any:
        import boto3

        return boto3.client(
            "s3", endpoint_url=self.url, aws_access_key_id=KEY, aws_secret_access_key=SECRET, region_name="us-east-1"
        )

    def keys(self, bucket: str) -> set[str]:
        """Return the keys of a bucket's first thousand objects."""
        return {one["Key"] for one in self.client().list_objects_v2(Bucket=bucket).get("Contents", ())}

    @contextmanager
    def guarded(self) -> Iterator[None]:
        """Make the server check keys. No key is valid."""
        self._ask("POST", "/moto-api/reset-auth", b"0")
        try:
            yield
        finally:
            self._ask("POST", "/moto-api/reset-auth", b"inf")

    def _ask(self, method: str, path: str, body: bytes | None = None) -> None:
        request = urllib.request.Request(self.url + path, method=method, data=body)
        request.add_header("Authorization", f"AWS4-HMAC-SHA256 Credential={KEY}/20260101/us-east-1/s3/aws4_request")
        request.add_header("Content-Type", "application/octet-stream")
        with urllib.request.urlopen(request, timeout=30):
            pass


@contextmanager
def s3_server() -> Iterator[S3]:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = int(probe.getsockname()[1])
    process = subprocess.Popen(
        [sys.executable, "-W", "ignore", "-c", "from moto.server import main; main()", "-H", "127.0.0.1", f"-p{port}"],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        deadline = time.monotonic() + 60
        while time.monotonic() < deadline and process.poll() is None:
            with suppress(OSError), socket.create_connection(("127.0.0.1", port), 1):
                break
            time.sleep(0.05)
        yield S3(f"http://127.0.0.1:{port}")
    finally:
        process.terminate()
        process.wait(30)
