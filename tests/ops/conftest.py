"""Places for backups: a folder, and a bucket of a real server."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from snap_ops.backup.repository import Bucket, Folder, Place
from tests.ops.buckets import KEY, S3, SECRET, s3_server
from tests.ops.night.bed import Bed, made


@pytest.fixture(scope="session")
def s3() -> Iterator[S3]:
    with s3_server() as running:
        yield running


@pytest.fixture(params=["folder", pytest.param("bucket", marks=pytest.mark.xdist_group("s3"))])
def any_place(request: pytest.FixtureRequest, tmp_path: Path) -> Place:
    """An empty place of each kind in turn."""
    if request.param == "folder":
        return Folder(tmp_path / "backups")
    s3: S3 = request.getfixturevalue("s3")
    return Bucket(bucket=s3.bucket(), prefix="some/prefix", endpoint=s3.url, access_key=KEY, secret_key=SECRET)


@pytest.fixture
def bed(tmp_path: Path, database: str) -> Bed:
    """A database that v1 was restored into, and that people changed since."""
    return made(tmp_path, database)
