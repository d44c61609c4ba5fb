"""Test a bucket that speaks S3: errors name the bucket, have a hint, and contain no key."""

from __future__ import annotations

import pytest

from snap.errors import ServiceError
from tests.ops.buckets import KEY, S3, SECRET


def test_a_bucket_that_is_not_there_is_named(s3):
    missing = s3.repository("nobody-made-this", "p/")
    with pytest.raises(ServiceError, match="s3://nobody-made-this/p") as failed:
        missing.put("x", b"")
    assert "bucket" in failed.value.hint


def test_wrong_keys_are_an_error_without_the_keys(s3):
    bucket = s3.repository(s3.bucket(), "p/")
    with s3.guarded():
        for work in (lambda: bucket.put("x", b""), bucket.sizes):
            with pytest.raises(ServiceError) as failed:
                work()
            assert "access_key" in failed.value.hint
            assert SECRET not in failed.value.message
            assert KEY not in failed.value.message
    assert SECRET not in repr(bucket)
    assert bucket.sizes() == {}


def test_a_server_that_is_not_there_is_an_error(monkeypatch):
    monkeypatch.setattr("snap_ops.object_store.s3._ATTEMPTS", 1)
    bucket = S3("http://127.0.0.1:1").repository("b", "p/")
    with pytest.raises(ServiceError, match="s3://b/p") as failed:
        bucket.sizes()
    assert "endpoint" in failed.value.hint
    assert SECRET not in failed.value.message
