"""Test that altered, missing and unlisted files are refused, and that every such file is named."""

import os
import shutil
from pathlib import Path

import pytest

from snap.errors import SnapshotError
from snap.store import Store
from snap.verify import require_intact
from tests.cases import toy


@pytest.fixture
def store(tmp_path):
    return Store(tmp_path)


def _flip(path: Path, position: int) -> None:
    data = bytearray(path.read_bytes())
    data[position] ^= 0x10
    path.write_bytes(data)


def test_a_flipped_byte_in_any_file_is_found(store, tmp_path):
    snapshot = toy.publish(store, "v1", rows=4)
    for path in sorted(p for p in snapshot.folder.rglob("*") if p.is_file()):
        size = path.stat().st_size
        for position in range(0, size, max(1, size // 7)):
            _flip(path, position)
            with pytest.raises(SnapshotError, match="was altered"):
                require_intact(store.resolve("v1"))
            _flip(path, position)
    require_intact(store.resolve("v1"))


def test_a_link_that_leaves_the_folder_is_refused(store, tmp_path):
    snapshot = toy.publish(store, "v1")
    inside = snapshot.folder / "datapackage.json"
    shutil.move(inside, tmp_path / "elsewhere")
    inside.symlink_to(tmp_path / "elsewhere")
    with pytest.raises(SnapshotError, match="leads outside"):
        require_intact(snapshot)


def test_missing_truncated_and_unlisted_files_are_named(store):
    snapshot = toy.publish(store, "v1")
    files = sorted((snapshot.folder / "crew").iterdir())
    files[0].unlink()
    os.truncate(files[1], 10)
    (snapshot.folder / "crew/extra.parquet").write_text("x")
    with pytest.raises(SnapshotError) as error:
        require_intact(snapshot)
    assert "crew/part-0000.parquet is missing" in error.value.message
    assert "crew/part-0001.parquet has 10 bytes" in error.value.message
    assert "crew/extra.parquet is not in the manifest" in error.value.message


def test_missing_files_stand_together_and_each_is_a_reason(store):
    snapshot = toy.publish(store, "v1")
    files = [path for path in sorted(snapshot.folder.rglob("*.parquet")) if not path.name.startswith(".")]
    for path in files:
        path.unlink()
    with pytest.raises(SnapshotError, match="is corrupt: is missing: ") as error:
        require_intact(snapshot)
    assert sorted(error.value.reasons) == [f"{path.relative_to(snapshot.folder)} is missing" for path in files]
