"""Test encrypted backups: they cannot be read without the key, and the program age reads them."""

from __future__ import annotations

import io
import os
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import zstandard

from snap.config import Secret
from snap.errors import ServiceError, SnapshotError, UsageError
from snap_ops.backup.create import StoredBackup, create_backup, restore_backup, verify_backup
from snap_ops.backup.keeping import Keep
from snap_ops.backup.repository import FolderRepository, Repository
from snap_ops.backup.retention import find_backup, list_backups, prune_backups
from snap_ops.backup.step import BackupSettings
from snap_restorer import Target
from tests.postgres import execute

pyrage: Any = pytest.importorskip("pyrage")
NOW = datetime(2026, 11, 27, 3, 0, 0, tzinfo=UTC)
WORD = "a word that nobody else has written"


def identity() -> str:
    return str(pyrage.x25519.Identity.generate())


def opened(folder: Path, *keys: str) -> Repository:
    """Return a folder of backups with the keys of an age identity file."""
    text = "\n".join(["# created: 2026-11-27", *keys])
    return BackupSettings(age_key=Secret("KEY", {"KEY": text}) if keys else None).open(folder)


@pytest.fixture
def told(small: str) -> str:
    execute(small, f"CREATE TABLE words (w text); INSERT INTO words VALUES ('{WORD}')")
    return small


@pytest.mark.slow
def test_a_backup_is_encrypted_put_back_and_pruned(tmp_path: Path, told: str) -> None:
    key = identity()
    repository = opened(tmp_path, key)
    made = create_backup(repository, Target(told), now=NOW)
    assert made.encrypted_for == str(pyrage.x25519.Identity.from_str(key).to_public())
    assert find_backup(repository, "latest") == made
    (file,) = (tmp_path / "backups").glob("*.dump.zst.age")
    for path in (tmp_path / "backups").glob("2*"):
        assert WORD.encode() not in path.read_bytes()
        assert key.encode() not in path.read_bytes()
    execute(told, "DROP TABLE words")
    restore_backup(repository, made, Target(told))
    assert execute(told, "SELECT w FROM words") == [(WORD,)]
    # age reads it without snap.
    plain = io.BytesIO()
    pyrage.decrypt_io(io.BytesIO(file.read_bytes()), plain, [pyrage.x25519.Identity.from_str(key)])
    dumped = zstandard.ZstdDecompressor().decompressobj().decompress(plain.getvalue())
    assert dumped.startswith(b"PGDMP")
    assert WORD.encode() in dumped
    for days in (20, 40, 60):
        create_backup(repository, Target(told), now=NOW + timedelta(days=days))
    assert prune_backups(repository, keep=Keep(last=1), now=NOW.replace(year=2040)).removed[0] == made.id
    assert not file.exists()


def test_without_the_key_a_backup_is_listed_and_cannot_be_read(tmp_path: Path, told: str) -> None:
    made = create_backup(opened(tmp_path, identity()), Target(told), now=NOW)
    bare = opened(tmp_path)
    assert list_backups(bare) == ((made,), ())
    with pytest.raises(SnapshotError, match="is encrypted, but age_key in") as refused:
        restore_backup(bare, made, Target(told))
    assert str(made.encrypted_for) in refused.value.hint
    with pytest.raises(SnapshotError, match="cannot be decrypted: no matching keys"):
        restore_backup(opened(tmp_path, identity()), made, Target(told))


@pytest.mark.slow
def test_keys_are_changed_while_old_backups_are_still_read(tmp_path: Path, told: str) -> None:
    old, new = identity(), identity()
    first = create_backup(opened(tmp_path), Target(told), now=NOW)
    second = create_backup(opened(tmp_path, old), Target(told), now=NOW)
    both = opened(tmp_path, new, old)
    third = create_backup(both, Target(told), now=NOW)
    assert (first.encrypted_for, second.encrypted_for == third.encrypted_for) == (None, False)
    for backup in (first, second, third):
        verify_backup(both, backup)
    verify_backup(opened(tmp_path, new), third)


@pytest.mark.parametrize("place", [0, 20, 150, -1, -40])
def test_a_byte_that_was_changed_is_found(tmp_path: Path, told: str, place: int) -> None:
    repository = opened(tmp_path, identity())
    made = create_backup(repository, Target(told), now=NOW)
    (file,) = (tmp_path / "backups").glob("*.age")
    data = bytearray(file.read_bytes())
    data[place] ^= 1
    file.write_bytes(data)
    with pytest.raises(SnapshotError, match=r"corrupt|cannot be decrypted"):
        verify_backup(repository, made)


@pytest.mark.parametrize("keys", ["", "# none\n", "nonsense", "AGE-SECRET-KEY-1QQ", "age1n0uvg0e69dz2t7zgyhetaqp7tcv"])
def test_what_is_no_key_is_refused_without_being_shown(tmp_path: Path, keys: str) -> None:
    with pytest.raises(UsageError, match=r"^\$KEY, age_key in \[backup\], holds no age key$"):
        BackupSettings(age_key=Secret("KEY", {"KEY": keys or "\n"})).open(tmp_path)


def test_an_error_of_what_is_read_comes_through_and_who_stops_reading_waits_for_nobody(tmp_path: Path) -> None:
    keys = opened(tmp_path, identity()).age_keys
    assert keys is not None

    def broken() -> Iterator[bytes]:
        yield os.urandom(1 << 20)
        raise ServiceError("the disk is gone")

    with pytest.raises(ServiceError, match="the disk is gone"):
        list(keys.encrypted(broken()))
    data = os.urandom(5 << 20)
    packed = list(keys.encrypted(iter([data[:1], b"", data[1:]])))
    assert b"".join(keys.decrypted(iter(packed))) == data
    for pieces in (keys.encrypted(iter([data] * 4)), keys.decrypted(iter(packed))):
        assert next(pieces)
        pieces.close()  # type: ignore[attr-defined]


def test_a_folder_without_keys_encrypts_nothing(tmp_path: Path, told: str) -> None:
    made = create_backup(FolderRepository(tmp_path), Target(told), now=NOW)
    assert made.file.endswith(".dump.zst")
    stored = StoredBackup(repository=FolderRepository(tmp_path), backup=made)
    assert b"".join(stored.pieces()).startswith(b"PGDMP")
