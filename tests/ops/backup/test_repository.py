"""Test repositories of backups: no incomplete file appears, and errors name the repository but no secret."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest

from snap.config import Secret
from snap.errors import ServiceError, UsageError
from snap_ops.backup.repository import BucketRepository, FolderRepository, open_repository, write_stream
from snap_ops.object_store import S3Settings
from tests.git import untracked


@pytest.mark.slow
def test_what_is_put_is_there(any_repository):
    assert any_repository.sizes() == {}
    any_repository.put("a.json", b"{}")
    with any_repository.scratch("b") as path:
        write_stream(path, (bytes([i % 256]) * 1000 for i in range(20_000)))  # more than one part of an upload
        assert "b" not in any_repository.sizes()
        any_repository.publish(path, "b")
    assert any_repository.sizes() == {"a.json": 2, "b": 20_000_000}
    read = b"".join(any_repository.read("b"))
    assert read == b"".join(bytes([i % 256]) * 1000 for i in range(20_000))
    any_repository.remove("b")
    any_repository.remove("b")
    assert any_repository.sizes() == {"a.json": 2}


def test_git_ignores_the_folder_that_is_made_and_no_folder_that_was_there(tmp_path):
    FolderRepository(tmp_path / "new").put("a", b"")
    assert untracked(tmp_path) == []
    (tmp_path / "docs").mkdir()
    FolderRepository(tmp_path / "docs").put("a", b"")
    assert untracked(tmp_path) == ["docs/a"]


@pytest.mark.slow
def test_what_is_missing_is_an_error(any_repository):
    with pytest.raises(ServiceError, match="nothing"):
        b"".join(any_repository.read("nothing"))


def test_a_scratch_that_fails_leaves_nothing(any_repository):
    with pytest.raises(KeyError), any_repository.scratch("b") as path:
        path.write_bytes(b"half")
        raise KeyError
    assert any_repository.sizes() == {}


def test_a_folder_is_for_its_owner_alone(tmp_path):
    folder = FolderRepository(tmp_path / "a" / "backups")
    folder.put("x", b"secret")
    assert (tmp_path / "a" / "backups").stat().st_mode & 0o077 == 0
    assert (tmp_path / "a" / "backups" / "x").stat().st_mode & 0o077 == 0


def test_a_folder_that_cannot_be_made_is_an_error(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(ServiceError, match="file"):
        FolderRepository(tmp_path / "file" / "backups").put("x", b"")


@pytest.mark.skipif(os.geteuid() != 0, reason="only root may mount")
def test_a_full_disk_is_an_error_and_leaves_nothing(tmp_path):
    mount = tmp_path / "small"
    mount.mkdir()
    if subprocess.run(["mount", "-t", "tmpfs", "-o", "size=1m", "tmpfs", mount], check=False).returncode:
        pytest.skip("this machine may not mount")
    try:
        folder = FolderRepository(mount / "backups")
        with pytest.raises(ServiceError, match="No space left"), folder.scratch("x") as path:
            write_stream(path, (b"x" * 100_000 for _ in range(100)))
        assert folder.sizes() == {}
    finally:
        subprocess.run(["umount", mount], check=True)


KEYS = S3Settings(access_key=Secret("KEY", {"KEY": "x"}), secret_key=Secret("SECRET", {"SECRET": "y"}))


def test_a_repository_is_a_folder_or_a_bucket(tmp_path):
    from snap_ops.object_store.s3 import S3Bucket

    assert open_repository("backups", tmp_path, S3Settings()) == FolderRepository(tmp_path / "backups")
    assert open_repository("/var/backups", tmp_path, S3Settings()) == FolderRepository(Path("/var/backups"))
    region = S3Settings(region="eu-central-1")
    opened = open_repository("s3://b/some/prefix/", tmp_path, region)
    assert opened == BucketRepository(
        S3Bucket(bucket="b", prefix="some/prefix/", section="backup", region="eu-central-1")
    )
    assert opened.shown == "s3://b/some/prefix"
    assert open_repository("s3://b", tmp_path, region).shown == "s3://b"


def test_secrets_are_revealed_and_not_shown(tmp_path):
    opened = open_repository("s3://b", tmp_path, KEYS)
    assert (opened.bucket.access_key, opened.bucket.secret_key) == ("x", "y")
    assert "key='" not in repr(opened)


@pytest.mark.parametrize("to", ["gs://b/p", "s3://", "s3://key:secret@b/p", "s3://b/p?x=1"])
def test_what_is_no_repository_is_refused(tmp_path, to):
    with pytest.raises(UsageError) as refused:
        open_repository(to, tmp_path, S3Settings())
    assert "secret@" not in refused.value.message


def test_half_a_pair_of_keys_is_refused(tmp_path):
    with pytest.raises(UsageError, match="belong together"):
        open_repository("s3://b", tmp_path, S3Settings(access_key=KEYS.access_key))
    with pytest.raises(UsageError, match="has keys for S3"):
        open_repository("folder", tmp_path, KEYS)
