"""Where backups lie: nothing appears before it is whole, and errors name the place and no secret."""

from __future__ import annotations

import os
import subprocess
from dataclasses import replace
from pathlib import Path

import pytest

from snap.errors import ServiceError, UsageError
from snap_ops.backup.repository import Bucket, Folder, place, write
from tests.ops.buckets import KEY, SECRET


def test_what_is_put_is_there(any_place):
    assert any_place.sizes() == {}
    any_place.put("a.json", b"{}")
    with any_place.scratch("b") as path:
        write(path, (bytes([i % 256]) * 1000 for i in range(20_000)))  # more than one part of an upload
        assert "b" not in any_place.sizes()
        any_place.publish(path, "b")
    assert any_place.sizes() == {"a.json": 2, "b": 20_000_000}
    read = b"".join(any_place.read("b"))
    assert read == b"".join(bytes([i % 256]) * 1000 for i in range(20_000))
    any_place.remove("b")
    any_place.remove("b")
    assert any_place.sizes() == {"a.json": 2}


def test_what_is_missing_is_an_error(any_place):
    with pytest.raises(ServiceError, match="nothing"):
        b"".join(any_place.read("nothing"))


def test_a_scratch_that_fails_leaves_nothing(any_place):
    with pytest.raises(KeyError), any_place.scratch("b") as path:
        path.write_bytes(b"half")
        raise KeyError
    assert any_place.sizes() == {}


def test_a_folder_is_for_its_owner_alone(tmp_path):
    folder = Folder(tmp_path / "a" / "backups")
    folder.put("x", b"secret")
    assert (tmp_path / "a" / "backups").stat().st_mode & 0o077 == 0
    assert (tmp_path / "a" / "backups" / "x").stat().st_mode & 0o077 == 0


def test_a_folder_that_cannot_be_made_is_an_error(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(ServiceError, match="file"):
        Folder(tmp_path / "file" / "backups").put("x", b"")


@pytest.mark.skipif(os.geteuid() != 0, reason="only root may mount")
def test_a_full_disk_is_an_error_and_leaves_nothing(tmp_path):
    mount = tmp_path / "small"
    mount.mkdir()
    if subprocess.run(["mount", "-t", "tmpfs", "-o", "size=1m", "tmpfs", mount], check=False).returncode:
        pytest.skip("this machine may not mount")
    try:
        folder = Folder(mount / "backups")
        with pytest.raises(ServiceError, match="No space left"), folder.scratch("x") as path:
            write(path, (b"x" * 100_000 for _ in range(100)))
        assert folder.sizes() == {}
    finally:
        subprocess.run(["umount", mount], check=True)


def test_a_bucket_that_is_not_there_is_named(s3):
    missing = Bucket(bucket="nobody-made-this", prefix="p", endpoint=s3.url, access_key=KEY, secret_key=SECRET)
    with pytest.raises(ServiceError, match="s3://nobody-made-this/p") as failed:
        missing.put("x", b"")
    assert "bucket" in failed.value.hint


def test_wrong_keys_are_an_error_without_the_keys(s3):
    bucket = Bucket(bucket=s3.bucket(), prefix="p", endpoint=s3.url, access_key=KEY, secret_key=SECRET)
    with s3.guarded():
        for work in (lambda: bucket.put("x", b""), bucket.sizes):
            with pytest.raises(ServiceError) as failed:
                work()
            assert "access_key" in failed.value.hint
            assert SECRET not in failed.value.message
            assert KEY not in failed.value.message
    assert SECRET not in repr(bucket)
    assert bucket.sizes() == {}


def test_a_server_that_is_not_there_is_an_error(s3, monkeypatch):
    monkeypatch.setattr("snap_ops.object_store.s3._ATTEMPTS", 1)
    bucket = Bucket(bucket="b", prefix="p", endpoint="http://127.0.0.1:1", access_key=KEY, secret_key=SECRET)
    with pytest.raises(ServiceError, match="s3://b/p") as failed:
        bucket.sizes()
    assert "endpoint" in failed.value.hint
    assert SECRET not in failed.value.message


def test_a_place_is_a_folder_or_a_bucket(tmp_path):
    assert place("backups", tmp_path) == Folder(tmp_path / "backups")
    assert place("/var/backups", tmp_path) == Folder(Path("/var/backups"))
    found = place("s3://b/some/prefix/", tmp_path, region="eu-central-1")
    assert found == Bucket(bucket="b", prefix="some/prefix", region="eu-central-1")
    assert found.shown == "s3://b/some/prefix"
    assert replace(found, prefix="").shown == "s3://b"


@pytest.mark.parametrize("to", ["gs://b/p", "s3://", "s3://key:secret@b/p", "s3://b/p?x=1"])
def test_what_is_no_place_is_refused(tmp_path, to):
    with pytest.raises(UsageError) as refused:
        place(to, tmp_path)
    assert "secret@" not in refused.value.message


def test_half_a_pair_of_keys_is_refused(tmp_path):
    with pytest.raises(UsageError, match="belong together"):
        place("s3://b", tmp_path, access_key="x")
    with pytest.raises(UsageError, match="there are no keys"):
        place("folder", tmp_path, access_key="x", secret_key="y")
