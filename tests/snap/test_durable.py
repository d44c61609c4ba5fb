"""Test that files appear complete: readers see the old bytes or the new ones, and the umask decides who may read."""

from __future__ import annotations

import errno
import os
import stat
import threading
import time
from pathlib import Path

import pytest

from snap import durable


def test_a_file_is_readable_by_whom_the_umask_lets(tmp_path: Path) -> None:
    before = os.umask(0o027)
    try:
        durable.write(tmp_path / "a.html", b"x")
    finally:
        os.umask(before)
    assert stat.S_IMODE((tmp_path / "a.html").stat().st_mode) == 0o640


def test_a_reader_never_sees_half_a_file(tmp_path: Path) -> None:
    path, versions = tmp_path / "a.html", {b"a" * 200_000, b"b" * 300_000}
    durable.write(path, min(versions))
    seen, ended = set(), threading.Event()

    def read() -> None:
        while not ended.is_set():
            seen.add(path.read_bytes())

    reader = threading.Thread(target=read)
    reader.start()
    try:
        for data in sorted(versions) * 50:
            durable.write(path, data)
    finally:
        ended.set()
        reader.join()
    assert seen <= versions
    assert seen


def test_what_cannot_be_written_leaves_nothing(tmp_path: Path) -> None:
    (tmp_path / "a.html").mkdir()
    with pytest.raises(OSError, match="directory"):
        durable.write(tmp_path / "a.html", b"x")
    assert [path.name for path in tmp_path.iterdir()] == ["a.html"]


def test_files_are_added_whether_or_not_they_can_be_linked(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for linked in (True, False):
        base = tmp_path / str(linked)
        source, folder = base / "source", base / "folder"
        for path, text in (("a/kept", "1"), (".keep", "2"), ("b", "3")):
            (source / path).parent.mkdir(parents=True, exist_ok=True)
            (source / path).write_text(text)
        (source / "listed").symlink_to("b")
        (source / ".other").symlink_to("b")
        for path in ("a/kept", "a/left", "new", "listed"):
            (folder / path).parent.mkdir(parents=True, exist_ok=True)
            (folder / path).write_text("staged")
        with monkeypatch.context() as patch:
            if not linked:
                patch.setattr(os, "link", _refuse)
            durable.add_files(source, folder, {"a/kept", "listed", "new"})
        held = {str(path.relative_to(folder)): path.read_text() for path in folder.rglob("*") if path.is_file()}
        assert held == {"a/kept": "1", ".keep": "2", "b": "3", "listed": "3", "new": "staged"}
        assert not (folder / "listed").is_symlink()


def test_a_folder_that_others_still_write_to_is_removed(tmp_path: Path) -> None:
    folder = tmp_path / "work"
    folder.mkdir()
    gone = threading.Event()

    def write() -> None:
        for number in range(1_000_000):
            try:
                (folder / str(number)).touch()
                time.sleep(0.001)
            except FileNotFoundError:
                gone.set()
                return

    writer = threading.Thread(target=write)
    writer.start()
    durable.remove_in_use(folder)
    writer.join()
    assert gone.is_set()
    assert not folder.exists()


def test_a_folder_that_cannot_be_removed_is_an_error(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(durable, "_PAUSE", 0)
    monkeypatch.setattr(durable, "remove", lambda _: None)
    with pytest.raises(OSError, match="it cannot be removed, or another process writes there"):
        durable.remove_in_use(tmp_path)


def _refuse(*_: object) -> None:
    raise PermissionError(errno.EPERM, "no links here")
