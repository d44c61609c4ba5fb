"""Test that whoever can write to the backups' place cannot make a backup that a project with a key puts back."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest

from snap.config import Secret
from snap.errors import SnapshotError, UsageError
from snap_ops.backup.repository import FolderRepository
from snap_ops.backup.retention import explain, find_backup, list_backups
from snap_ops.backup.sealed import Backup, seal_of
from snap_ops.backup.step import BackupSettings
from tests.cases.backups import sealed

ID = "20261123T030000Z-1a2b3c4d5e6f"
KEY, OTHER = b"a key that nobody guesses", b"a key of somebody else here"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / f"{ID}.dump.zst").write_bytes(b"x")
    return tmp_path


def write(folder: Path, key: bytes) -> Backup:
    backup = replace(Backup.from_json(sealed({})), id=ID, bytes=1)
    (folder / f"{ID}.json").write_text(backup.to_json(key))
    return backup


@pytest.mark.parametrize("key", [b"", KEY])
def test_a_backup_is_read_with_the_key_that_sealed_it(key: bytes, folder: Path) -> None:
    backup = write(folder, key)
    assert find_backup(FolderRepository(folder, key), "latest") == backup
    assert KEY.decode() not in (folder / f"{ID}.json").read_text() + repr(FolderRepository(folder, key))


@pytest.mark.parametrize(
    ("sealed_with", "read_with", "reason"),
    [
        (b"", KEY, "sealed without a key"),
        (OTHER, KEY, "sealed with another key, or was changed"),
        (KEY, b"", "sealed with a key, and seal_key in"),
    ],
)
@pytest.mark.parametrize("name", ["latest", ID[:6]])
def test_a_record_with_another_seal_is_put_back_by_nobody(
    sealed_with: bytes, read_with: bytes, reason: str, name: str, folder: Path
) -> None:
    write(folder, sealed_with)
    repository = FolderRepository(folder, read_with)
    assert list_backups(repository) == ((), (f"{ID}.json",))
    with pytest.raises(SnapshotError, match=reason):
        find_backup(repository, name)
    assert reason in explain(repository, f"{ID}.json")


@pytest.mark.parametrize("seal", [None, 1, "ü", "hmac-sha256:", "hmac-sha256:ü", "plain"])
def test_a_forged_record_is_no_backup(seal: object, folder: Path) -> None:
    write(folder, KEY)
    record = folder / f"{ID}.json"
    plain = json.loads(record.read_text())
    del plain["seal"]
    plain["dumped_sha256"] = "of another dump"
    record.write_text(json.dumps({**plain, "seal": seal_of(plain) if seal == "plain" else seal}))
    assert list_backups(FolderRepository(folder, KEY)) == ((), (record.name,))


def test_a_key_that_is_short_or_not_set_is_refused(tmp_path: Path) -> None:
    settings = BackupSettings(seal_key=Secret("SEAL", {"SEAL": "short"}))
    with pytest.raises(UsageError, match=r"^\$SEAL, seal_key in \[backup\], has fewer than 16 characters$"):
        settings.open(tmp_path)
    with pytest.raises(UsageError, match=r"^\$SEAL is not set"):
        BackupSettings(seal_key=Secret("SEAL", {})).open(tmp_path)
    assert BackupSettings(seal_key=Secret("SEAL", {"SEAL": KEY.decode()})).open(tmp_path).seal_key == KEY
