"""Test temporary folders: removed after use, swept after a kill, and kept while their process lives."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from snap import scratch
from snap.errors import ServiceError


@pytest.fixture(autouse=True)
def tmpdir_of_the_test(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    return tmp_path


@pytest.fixture
def other(tmp_path: Path) -> Iterator[subprocess.Popen[str]]:
    """Yield a process that uses a temporary folder until it ends."""
    code = (
        "import sys; from snap import scratch\nwith scratch.folder() as path: print(path, flush=True); sys.stdin.read()"
    )
    with subprocess.Popen(
        [sys.executable, "-c", code],
        env=os.environ | {"TMPDIR": str(tmp_path), "PYTHONPATH": str(Path(scratch.__file__).parents[1])},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        yield process
        process.kill()


def line(process: subprocess.Popen[str]) -> Path:
    assert process.stdout is not None
    return Path(process.stdout.readline().strip())


def test_a_folder_is_for_its_user_and_goes_after_use(tmp_path: Path) -> None:
    with scratch.folder() as folder:
        assert folder.parent == tmp_path
        assert folder.stat().st_mode & 0o077 == 0
        (folder / "a").mkdir()
    assert list(tmp_path.iterdir()) == []


@pytest.mark.process
def test_a_killed_processs_folder_is_swept_and_a_living_ones_is_not(other: subprocess.Popen[str]) -> None:
    left = line(other)
    (left / "rows").write_text("secret")
    with scratch.folder():
        assert (left / "rows").exists()
    other.send_signal(signal.SIGKILL)
    other.wait()
    with scratch.folder():
        assert not left.exists()


def test_only_folders_of_its_own_kind_are_swept(tmp_path: Path) -> None:
    outside = tmp_path / "outside"
    outside.mkdir()
    (outside / "precious").write_text("precious")
    (tmp_path / "snap-scratch-link").symlink_to(outside)
    (tmp_path / "snap-scratch-file").write_text("precious")
    (tmp_path / "snap-other").mkdir()
    (tmp_path / "snap-scratch-left").mkdir()
    with scratch.folder():
        pass
    kept = {"outside", "snap-scratch-link", "snap-scratch-file", "snap-other"}
    assert {path.name for path in tmp_path.iterdir()} == kept
    assert (outside / "precious").read_text() == "precious"


@pytest.mark.skipif(os.geteuid() != 0, reason="only root may give a folder away")
def test_another_users_folder_is_not_swept(tmp_path: Path) -> None:
    (tmp_path / "snap-scratch-theirs").mkdir()
    os.chown(tmp_path / "snap-scratch-theirs", 65534, 65534)
    with scratch.folder():
        assert (tmp_path / "snap-scratch-theirs").exists()


def test_a_folder_that_is_swept_before_it_is_locked_is_created_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    real, swept = tempfile.mkdtemp, []

    def mkdtemp(**options: str) -> str:
        path = real(**options)
        if not swept:
            Path(path).rmdir()
            swept.append(path)
        return path

    monkeypatch.setattr(tempfile, "mkdtemp", mkdtemp)
    with scratch.folder() as folder:
        assert folder.is_dir()
        assert [str(folder)] != swept


@pytest.mark.process
def test_a_full_folder_is_named(tiny: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tiny))
    with (
        pytest.raises(ServiceError, match=f"the folder for temporary files, {tiny}, is full") as refused,
        scratch.folder() as folder,
    ):
        (folder / "large").write_bytes(bytes(1 << 20))
    assert refused.value.hint == "free some space there, or set $TMPDIR to another folder"
    assert list(tiny.iterdir()) == []


def test_a_folder_that_is_not_there_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "gone"))
    with pytest.raises(ServiceError, match="there is no folder for temporary files: No such file"), scratch.folder():
        pass


def test_what_a_server_says_of_its_own_disk_is_not_about_this_folder() -> None:
    scratch.require_room('pg_dump: error: query failed: ERROR:  could not extend file "x": No space left on device')
    with pytest.raises(ServiceError, match="is full"):
        scratch.require_room("pg_dump: error: could not write to output file: No space left on device")
