"""Test that any answer of an HTTP server leads to one error, within bounds of memory and time."""

from __future__ import annotations

import gzip
import json
import threading
import tracemalloc
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from functools import cache
from http.server import BaseHTTPRequestHandler
from itertools import count
from pathlib import Path

import pytest
import zstandard

from snap.errors import ServiceError, SnapshotError
from snap.media import MediaFile
from snap_ops.health.endpoints import ask, open_client
from snap_ops.notify.post import post
from snap_ops.object_store import StoredObject
from snap_ops.object_store.s3 import S3Bucket
from snap_ops.object_store.supabase import SupabaseBucket
from snap_ops.storage.mirror import MirrorPlan, apply_mirror
from tests.ops.listening import listening

MB = 1 << 20
Answer = Callable[[bytes], bytes]


@contextmanager
def answering(answer: Answer | bytes, *, status: int = 200, headers: Mapping[str, str] | None = None) -> Iterator[str]:
    class Handler(BaseHTTPRequestHandler):
        def log_message(self, *_: object) -> None:
            pass

        def work(self) -> None:
            asked = self.rfile.read(int(self.headers.get("content-length", 0)))
            body = answer if isinstance(answer, bytes) else answer(asked)
            self.send_response(status)
            for name, value in (headers or {}).items():
                self.send_header(name, value)
            self.send_header("content-length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        do_GET = do_POST = do_DELETE = work  # noqa: N815 - the names that http.server looks for

    with listening(Handler) as url:
        yield url


def supabase(url: str) -> SupabaseBucket:
    return SupabaseBucket(url=url, bucket="b", prefix="p/", service_key="key-of-nobody")


def s3(url: str) -> S3Bucket:
    return S3Bucket(bucket="b", prefix="p/", section="storage", endpoint=url, access_key="a", secret_key="of-nobody")


@cache
def bomb(packing: str) -> bytes:
    """Return 250 MB of zeros, compressed."""
    if packing == "gzip":
        return gzip.compress(bytes(250 * MB), compresslevel=1)
    packer = zstandard.ZstdCompressor(level=1).compressobj()
    return b"".join(packer.compress(bytes(MB)) for _ in range(250)) + packer.flush()


@pytest.fixture
def memory() -> Iterator[None]:
    """Fail a test that takes more than 100 MB of Python's memory."""
    for packing in ("gzip", "zstd"):
        bomb(packing)
    tracemalloc.start()
    yield
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 100 * MB


@pytest.mark.slow
@pytest.mark.usefixtures("memory")
@pytest.mark.parametrize("packing", ["gzip", "zstd"])
@pytest.mark.parametrize("status", [200, 400])
def test_no_answer_is_unpacked_without_a_bound(packing: str, status: int) -> None:
    with answering(bomb(packing), status=status, headers={"content-encoding": packing}) as url:
        ask(open_client(), "GET", url, within_s=20)
        post(url, {}, 20)
        for read in (lambda: supabase(url).objects(), lambda: list(supabase(url).read("k", 100))):
            with pytest.raises(ServiceError):
                read()


@pytest.mark.parametrize(
    "listing",
    [
        *(b"<html>", b"null", b"{}", b'{"a": 1}', b"[1]", b"[null]", b"[" * 100_000, b"\xff", b'[{"id": null}]'),
        *(b'[{"id": 1, "name": 1}]', b'[{"id": 1, "name": "\\ud800"}]', b'[{"id": 1, "name": "a", "metadata": [1]}]'),
        b'[{"id": 1, "name": "a", "metadata": {"size": "many"}}]',
        b'[{"id": 1, "name": "a", "metadata": {"size": Infinity}}]',
        b'[{"id": 1, "name": "a", "metadata": {"size": -1}}]',
        b'[{"id": 1, "name": "' + b"a" * 10_000 + b'"}]',
    ],
    ids=lambda listing: repr(listing[:60]),
)
def test_what_is_no_listing_is_one_error(listing: bytes) -> None:
    with answering(listing) as url, pytest.raises(ServiceError, match="its listing is none"):
        supabase(url).objects()


@pytest.mark.parametrize(
    "listing",
    ["<Key>p/a</Key><Size>many</Size>", f"<Key>{'a' * 10_000}</Key><Size>1</Size>"],
    ids=["a size", "a long key"],
)
def test_what_is_no_listing_of_s3_is_one_error(listing: str) -> None:
    body = f"<ListBucketResult><Contents>{listing}</Contents></ListBucketResult>".encode()
    with answering(body) as url, pytest.raises(ServiceError):
        s3(url).objects()


@pytest.mark.parametrize("listing", ["<Size>1</Size>", "<Key>p/a</Key>"])
def test_a_listing_of_s3_that_lacks_something_is_no_bug(listing: str) -> None:
    with answering(f"<ListBucketResult><Contents>{listing}</Contents></ListBucketResult>".encode()) as url:
        assert len(s3(url).objects()) == 1


def test_a_deletion_that_s3_refuses_without_a_name_is_one_error() -> None:
    refusal = b"<DeleteResult><Error><Code>Never</Code></Error></DeleteResult>"
    with answering(refusal) as url, pytest.raises(ServiceError, match="cannot be deleted: Never"):
        s3(url).delete(["a"])


@pytest.mark.slow
def test_a_listing_without_an_end_is_left(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("snap_ops.object_store._MOST_LISTED", 5_000)
    numbers = count()

    def page(_: bytes) -> bytes:
        return json.dumps([{"id": 1, "name": str(next(numbers))} for _ in range(1_000)]).encode()

    def xml(_: bytes) -> bytes:
        items = "".join(f"<Contents><Key>p/{next(numbers)}</Key><Size>1</Size></Contents>" for _ in range(1_000))
        token = f"<NextContinuationToken>{next(numbers)}</NextContinuationToken>"
        return f"<ListBucketResult><IsTruncated>true</IsTruncated>{token}{items}</ListBucketResult>".encode()

    with answering(page) as url, pytest.raises(ServiceError, match="lists over 5,000 objects"):
        supabase(url).objects()
    with answering(xml) as url, pytest.raises(ServiceError, match="lists over 5,000 objects"):
        s3(url).objects()
    with answering(b'[{"id": null, "name": "a"}]') as url, pytest.raises(ServiceError, match=r"a key of over 1,024"):
        supabase(url).objects()


class Kept:
    """A bucket that keeps the uploads."""

    shown = "kept"

    def __init__(self) -> None:
        self.held: dict[str, bytes] = {}

    def objects(self) -> dict[str, StoredObject]:
        return {key: StoredObject(len(data), "") for key, data in self.held.items()}

    def upload(self, key: str, data: bytes, content_type: str) -> None:
        del content_type
        self.held[key] = data

    def read(self, key: str, most: int) -> Iterator[bytes]:
        del most
        yield self.held[key]

    def delete(self, keys: object) -> None: ...

    def close(self) -> None: ...


def test_a_photo_that_becomes_a_link_to_a_secret_is_not_uploaded(tmp_path: Path) -> None:
    """The files are verified before the bucket is listed; who may write the checkout has that time."""
    secret, photo = tmp_path / "id_rsa", tmp_path / "00.jpg"
    secret.write_bytes(b"secret")
    photo.symlink_to(secret)
    file = MediaFile(key="00.jpg", path=photo, sha256="0" * 64, bytes=6, content_type="image/jpeg")
    store = Kept()
    with pytest.raises(SnapshotError, match=r"00\.jpg changed after it was verified"):
        apply_mirror(store, MirrorPlan(upload=(file,), delete=(), same=()), "mirror", threading.Event())
    assert store.held == {}
