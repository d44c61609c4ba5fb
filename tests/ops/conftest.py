"""Repositories of backups: a folder, and a bucket of a real server; a project with images; a database of a day."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from snap_ops.backup import origin, step
from snap_ops.backup.repository import FolderRepository, Repository
from tests.ops.buckets import S3, S3_MARKS, s3_server
from tests.ops.night.bed import Bed, made
from tests.paths import ROOT


@pytest.fixture(autouse=True)
def _server_clock(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nights of these tests have dates of their own, and the server's clock goes with them."""
    for module in (origin, step):
        monkeypatch.setattr(module, "agreed", lambda now, _server: (now, ()))


@pytest.fixture(scope="session")
def s3() -> Iterator[S3]:
    with s3_server() as running:
        yield running


@pytest.fixture(params=["folder", pytest.param("bucket", marks=S3_MARKS)])
def any_repository(request: pytest.FixtureRequest, tmp_path: Path) -> Repository:
    """An empty repository of each kind in turn."""
    if request.param == "folder":
        return FolderRepository(tmp_path / "backups")
    s3: S3 = request.getfixturevalue("s3")
    return s3.repository(s3.bucket(), "some/prefix/")


@pytest.fixture(scope="session")
def drawn(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A project with v3 and its images."""
    root = tmp_path_factory.mktemp("drawn")
    subprocess.run(["cp", "-r", ROOT / "manifests", ROOT / "snapshots", root], check=True)
    subprocess.run([sys.executable, "-m", "snap", "build", "v3", "--media", "--root", root], check=True, cwd=ROOT)
    return root


@pytest.fixture
def bed(tmp_path: Path, database: str) -> Bed:
    """A database that v1 was restored into, and that people changed since."""
    return made(tmp_path, database)
