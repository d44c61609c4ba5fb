"""Provide repositories of backups (a folder and a bucket), a project with images, and a database changed by people."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from snap_ops.backup import origin, step
from snap_ops.backup.repository import FolderRepository, Repository
from tests.ops.buckets import S3, s3_server
from tests.ops.night.bed import Bed, made
from tests.paths import ROOT


@pytest.fixture(autouse=True)
def _server_clock(monkeypatch: pytest.MonkeyPatch) -> None:
    """Date backups by the dates that these tests give their nights, and ignore the server's clock."""
    for module in (origin, step):
        monkeypatch.setattr(module, "agreed", lambda now, _server: (now, ()))


@pytest.fixture(scope="session")
def s3() -> Iterator[S3]:
    with s3_server() as running:
        yield running


@pytest.fixture(params=["folder", pytest.param("bucket", marks=pytest.mark.server)])
def any_repository(request: pytest.FixtureRequest, tmp_path: Path) -> Repository:
    """Return an empty repository of each kind in turn."""
    if request.param == "folder":
        return FolderRepository(tmp_path / "backups")
    s3: S3 = request.getfixturevalue("s3")
    return s3.repository(s3.bucket(), "some/prefix/")


@pytest.fixture(scope="session")
def drawn(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a project in which snapshot v3 is built with its images."""
    root = tmp_path_factory.mktemp("drawn")
    subprocess.run(["cp", "-r", ROOT / "manifests", ROOT / "snapshots", root], check=True)
    subprocess.run([sys.executable, "-m", "snap", "build", "v3", "--media", "--root", root], check=True, cwd=ROOT)
    return root


@pytest.fixture
def bed(tmp_path: Path, database: str) -> Bed:
    """Return a database into which v1 was restored and which people have changed since."""
    return made(tmp_path, database)
